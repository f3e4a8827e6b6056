"""A catalogue's names, a handful of each kind."""

from domain.vocabulary import ChartTerm, GpuTerm, ModelTerm, RegionTerm, Term, Vocabulary

VOCABULARY = Vocabulary(
    providers=(
        Term(name="aws", aliases=("amazon",)),
        Term(name="gcp"),
        Term(name="azure"),
        Term(name="runpod"),
        Term(name="together"),
    ),
    regions=(
        RegionTerm(provider="aws", name="eu-central-1", country="DE", jurisdictions=("EU",), aliases=("Frankfurt",)),
    ),
    gpus=(
        GpuTerm(name="H100-SXM", family="H100", memory_gb=80),
        GpuTerm(name="H100-PCIe", family="H100", memory_gb=80),
        GpuTerm(name="L4", family="L4", memory_gb=24),
    ),
    models=(
        ModelTerm(
            key="meta-llama/Llama-3.3-70B-Instruct",
            name="Llama 3.3 70B Instruct",
            family="Llama",
            domain="llm",
            params_b=70.6,
        ),
    ),
    charts=(ChartTerm(name="mlflow", category="ml"), ChartTerm(name="qdrant", category="vector database")),
    licenses=("apache-2.0", "mit"),
)
