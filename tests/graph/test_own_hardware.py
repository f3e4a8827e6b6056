"""Hardware at hand comes before what is rented; where nothing may be rented, nothing is."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def test_what_is_owned_is_used_first_and_costs_no_rent(conversation: Talk) -> None:
    plan = (await conversation.say("We own 2x RTX A6000 with 256 GB RAM. Can they serve Llama 3.3 70B?"))["plan"]
    first = plan.recommendations[0].option
    assert (first.label, first.gpus, first.price_per_month_usd) == ("own hardware", 2, 0.0)
    assert first.offer.gpu is not None
    assert first.offer.gpu.name == "RTX-A6000"
    assert plan.verdict.startswith("Yes, in ")
    assert plan.answer.startswith("Rent nothing, your 2 x RTX-A6000")
    assert [item.option.label for item in plan.recommendations][1] == "recommended"


async def test_what_is_to_stay_free_is_not_used(conversation: Talk) -> None:
    plan = (await conversation.say("We own 8x H100, serve Llama 3.3 70B for 100 users, keep 2 GPUs free"))["plan"]
    first = plan.recommendations[0].option
    assert first.label == "own hardware"
    assert first.gpus <= 6
    assert "at most 6 GPUs" in plan.understanding


async def test_pages_of_each_document_are_what_is_searched(conversation: Talk) -> None:
    plan = (await conversation.say("RAG over 250k PDF docs (contracts, avg 30 pages), 80 internal lawyers"))["plan"]
    assert "7.5M pages" in plan.understanding
    assert not any("30 pages" in said or "250k" in said for said in plan.not_taken_into_account)


async def test_cards_that_the_usual_engine_has_dropped_run_gguf(conversation: Talk) -> None:
    plan = (await conversation.say("We have 3 Tesla P40 in one server. Can they run Llama 3.3 70B for two people?"))[
        "plan"
    ]
    first = plan.recommendations[0].option
    assert (first.label, first.quantization) == ("own hardware", "q4_k_m")
    assert first.proof is not None
    assert (first.proof.engine or "").startswith("llama.cpp")


async def test_two_workloads_share_old_cards_of_two_kinds_before_anything_is_rented(conversation: Talk) -> None:
    """The second needs the kind that the first would take, which does on the other."""
    said = "We have 6 x Tesla P40 and 3x V100 16GB. Can these serve Qwen3-30B-A3B to 12 people and run whisper beside?"
    plan = (await conversation.say(said))["plan"]
    assert plan.together is not None
    assert plan.together.usd_per_month == 0
    assert "Rent nothing" in plan.answer


async def test_a_small_model_does_not_push_a_large_one_onto_a_number_that_divides_no_layer(conversation: Talk) -> None:
    said = "Air-gapped, we own 2 nodes with 8x H100 each: bge-m3 embeddings, and DeepSeek-V3.1 for 150 analysts"
    plan = (await conversation.say(said))["plan"]
    assert plan.together is not None
    large = next(one.option for one in plan.together.workloads if one.option and "DeepSeek" in one.option.runs)
    assert (large.tensor_parallel, large.pipeline_parallel, large.gpus) == (8, 1, 8)


async def test_what_does_not_suffice_says_so_and_rents(conversation: Talk) -> None:
    plan = (await conversation.say("We own one RTX 4090. Can it serve Llama 3.1 405B?"))["plan"]
    assert plan.verdict.startswith("No: ")
    assert plan.recommendations[0].option.label == "recommended"


@pytest.mark.parametrize(
    ("ask", "label"),
    [
        ("On premises, we have 4x L40S in one server: a chat assistant with Qwen3 32B", "own hardware"),
        ("On premises only, nothing in the cloud: serve Qwen3 32B to 40 users", "to provide"),
    ],
)
async def test_on_premises_nothing_is_rented(conversation: Talk, ask: str, label: str) -> None:
    plan = (await conversation.say(ask))["plan"]
    assert [item.option.label for item in plan.recommendations] == [label]
    assert not any("Rent" in step.title or "Create the cluster" in step.title for step in plan.steps)


async def test_an_air_gapped_site_has_everything_carried_in(conversation: Talk) -> None:
    plan = (await conversation.say("Air-gapped site with 4x L40S in one server: serve Qwen3 32B"))["plan"]
    fetched, *inside = plan.steps
    commands = "\n".join(fetched.commands)
    assert fetched.title == "Outside: fetch what has to be brought in"
    assert "Qwen/Qwen3-32B-FP8, 34 GB" in fetched.detail
    assert all(part in commands for part in ("helm pull", "docker save", "hf download Qwen/Qwen3-32B", "k3s-airgap"))
    later = "\n".join(command for step in inside for command in step.commands)
    fetches = ("get.k3s.io", "helm repo", "HF_TOKEN", "hf download", "https://github.com", "pip install --quiet")
    assert [word for word in fetches if word in later] == []
    assert "/models/qwen3-32b" in later


async def test_an_existing_cluster_gets_a_pool_and_no_second_cluster(conversation: Talk) -> None:
    plan = (await conversation.say("Serve Mistral 7B for 100 users on our existing EKS cluster in us-east-2"))["plan"]
    titles = [step.title for step in plan.steps]
    assert "Create the cluster" not in titles
    assert titles[:3] == ["Ask for quota", "Use your cluster", "Add the machines"]


async def test_a_comparison_recommends_one_of_those_that_are_compared(conversation: Talk) -> None:
    plan = (await conversation.say("A100 or H100 for serving Llama 70B to 50 users?"))["plan"]
    assert "A100: " in plan.verdict
    assert "H100: " in plan.verdict
    gpu = plan.recommendations[0].option.offer.gpu
    assert gpu is not None
    assert gpu.family in ("A100", "H100")


@pytest.mark.parametrize(
    ("ask", "held"),
    [
        ("slurm cluster with 16x A100 40GB (2 nodes x8), full fine-tuning of Llama 3.1 8B on 1B tokens", (8, 2)),
        ("openshift cluster, 3 worker nodes w/ 2x A30 each: serve Qwen3 14B for 60 internal users", (2, 3)),
        ("We own 24 V100 32GB (6 nodes x 4, Slurm). LoRA of Llama 3.1 70B on 200M tokens", (4, 6)),
        ("Two DGX H100 on premises: serve Llama 3.3 70B to 100 users", (8, 2)),
        ("We have 4 T4 servers (1 GPU each) on premises. Serve Mistral 7B to 20 users", (1, 4)),
    ],
)
async def test_a_cluster_that_is_described_is_at_hand(
    conversation: Talk, ask: str, held: tuple[int | None, int]
) -> None:
    state = await conversation.say(ask)
    (owned,) = state["working_spec"].owned
    assert (owned.count, owned.nodes) == held
    first = state["plan"].recommendations[0].option
    assert first.is_own
    assert first.held_gpus == (held[0] or 1) * held[1]


async def test_a_cluster_at_a_provider_is_not_at_hand(conversation: Talk) -> None:
    state = await conversation.say("Serve Mistral 7B for 100 users on an EKS cluster in us-east-2 with 2x L4")
    assert state["working_spec"].owned == ()
    assert state["working_spec"].gpu.models == ("L4",)


async def test_what_stays_free_is_said_and_what_all_of_it_gives(conversation: Talk) -> None:
    plan = (
        await conversation.say("On-prem OpenShift, 3 nodes with 4x A100 40GB each: serve Llama 3.3 70B to 500 users")
    )["plan"]
    fewest, everything = (item.option for item in plan.recommendations)
    assert (fewest.gpus, everything.gpus, fewest.held_gpus) == (4, 12, 12)
    assert fewest.served is not None
    assert everything.served is not None
    assert (everything.served.tokens_per_s_per_user or 0) > (fewest.served.tokens_per_s_per_user or 0)
    assert "4 of your 12 x A100-40GB" in plan.answer
    assert f"in {fewest.quantization}" in plan.verdict
    assert any("none stay free" in said for said in plan.tradeoffs)


async def test_a_job_takes_all_machines_with_the_gpus_that_each_has(conversation: Talk) -> None:
    plan = (await conversation.say("8 nodes with 4x A100 80GB each under Slurm. Train a 7B model on 100B tokens"))[
        "plan"
    ]
    assert (plan.recommendations[0].option.nodes, plan.recommendations[0].option.gpus) == (8, 32)
    script = "\n".join(command for step in plan.steps for command in step.commands)
    assert "--nodes=8 --ntasks-per-node=1 --gpus-per-node=4" in script
    assert "kubectl" not in script


async def test_how_gpus_are_spread_is_assumed_where_it_was_not_said(conversation: Talk) -> None:
    plan = (await conversation.say("On premises we have 12x A100 40GB: serve Qwen3 32B to 50 users"))["plan"]
    assert any("3 machines of 4" in said for said in plan.assumptions)


async def test_own_hardware_that_carries_a_part_says_which(conversation: Talk) -> None:
    plan = (await conversation.say("We have one T4 on premises. Serve Llama 3.1 8B to 400 users"))["plan"]
    assert plan.answer.startswith("On your 1 x T4 16 GB a part of it runs: ")
    assert plan.recommendations[0].option.label == "to provide"


async def test_machines_to_buy_are_for_servers_with_a_spare_and_without_a_price(conversation: Talk) -> None:
    plan = (
        await conversation.say(
            "Bank on premises, no hardware yet, budget 250k EUR: serve a 70B model for 300 employees"
        )
    )["plan"]
    (only,) = plan.recommendations
    option = only.option
    assert option.label == "to provide"
    assert option.nodes >= 2
    assert option.offer.gpu is not None
    assert not option.offer.gpu.name.startswith(("RTX-3", "RTX-4", "RTX-5", "RTX-A", "GH", "GB"))
    assert option.rents_for_per_hour_usd
    assert "to hold quotes against" in plan.answer or "have paid for themselves after" in plan.answer
    assert "250,000 EUR" in plan.verdict
    assert plan.spec.budget.period == "total"


async def test_sentences_of_renting_are_not_said_of_own_hardware(conversation: Talk) -> None:
    reply = (await conversation.say("On premises, we have 4x L40S in one server: a chat assistant with Qwen3 32B"))[
        "reply"
    ]
    nonsense = ("if it is stopped", "have no capacity", "on-demand", "an hour x", "more a month", "egress", "$0.00 |")
    assert [words for words in nonsense if words in reply.response.split("## Steps")[0]] == []


async def test_openshift_is_driven_its_own_way(conversation: Talk) -> None:
    plan = (await conversation.say("openshift cluster, 3 worker nodes w/ 2x A30 each: serve Qwen3 14B for 60 users"))[
        "plan"
    ]
    script = "\n".join(command for step in plan.steps for command in step.commands)
    assert "kubectl" not in script
    for part in ("gpu-operator-certified", "add-scc-to-group anyuid", "oc create route edge", "enableUserWorkload"):
        assert part in script
    charts = {component.package.name for component in plan.stack}
    assert charts.isdisjoint({"gpu-operator", "kube-prometheus-stack", "cert-manager", "gateway-helm", "keda"})


async def test_questions_about_own_hardware_are_not_answered_in_rents(conversation: Talk) -> None:
    await conversation.say("On premises, we have 4x L40S in one server: a chat assistant with Qwen3 32B for 50 users")
    for asked in ("what does it cost per month?", "what happens when the server fails?"):
        told = (await conversation.say(asked))["reply"].response.partition("| Item")[0]
        assert "on site" in told
        assert [words for words in ("$0.00", "on-demand", "is rented") if words in told] == []


async def test_what_is_to_buy_is_held_against_the_rent_of_the_like(conversation: Talk) -> None:
    await conversation.say("On premises only, nothing in the cloud: serve Qwen3 32B to 40 users")
    told = (await conversation.say("how much is it to buy?"))["reply"].response
    assert "the like of number 1" in told
    assert "$0.00" not in told


async def test_a_device_gets_llama_cpp_and_no_container(conversation: Talk) -> None:
    plan = (await conversation.say("We own 3 Jetson AGX Orin 64GB. Can they run Qwen3 8B?"))["plan"]
    first = plan.recommendations[0].option
    assert first.is_own
    assert first.offer.gpu_count == 1
    commands = "\n".join(command for step in plan.steps for command in step.commands)
    assert "GGML_CUDA=ON" in commands
    assert "llama-server" in commands
    assert "docker" not in commands
    assert "kubectl" not in commands


async def test_who_compares_own_machines_with_others_sees_what_the_others_cost(conversation: Talk) -> None:
    plan = (
        await conversation.say(
            "Compare: A) 4x L40S on-prem, we own them, or B) 2x H100 rented somewhere, for serving Mixtral 8x22B at 10 "
            "requests per second, 800 in / 200 out. Which is better?"
        )
    )["plan"]
    assert plan.verdict.startswith("Only in part, in fp8: ")
    assert "They do not carry the whole of this load" in plan.verdict
    assert plan.answer.startswith("On your 4 x L40S")
    assert plan.recommendations[0].option.label == "recommended"
    assert plan.recommendations[0].option.price_per_month_usd > 0
