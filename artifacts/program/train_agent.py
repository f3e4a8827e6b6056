"""Trains an agent in a simulated world by proximal policy optimisation (PPO).

--environment names a world of Gymnasium's; one of your own is registered by the module that --module names, which lies
beside the data. Pictures are seen through a convolutional network, anything else through a plain one.
"""

import importlib
import json
import sys
from pathlib import Path

import gymnasium
from job import Metrics, fetched, parser, result
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import SubprocVecEnv


def arguments():
    made = parser(__doc__, micro_batch=256, learning_rate=3e-4)
    made.add_argument("--environment", default="CartPole-v1", help="as Gymnasium calls it")
    made.add_argument("--module", help="that registers it")
    made.add_argument("--transitions", type=int, default=10_000_000)
    made.add_argument("--worlds", type=int, default=8, help="that run side by side, a process each")
    made.add_argument("--horizon", type=int, default=2048, help="transitions of each world for one update")
    made.set_defaults(save_every=1)
    return made.parse_args()


class Keeps(BaseCallback):
    """After every update the agent is kept, and its reward told."""

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.kept, self.metrics = output / "agent.zip", Metrics(output)

    def _on_rollout_start(self) -> None:
        part = self.kept.with_name("part.zip")
        self.model.save(part)
        part.rename(self.kept)
        episodes = self.model.ep_info_buffer
        if episodes:
            self.metrics.log(self.num_timesteps, reward=sum(one["r"] for one in episodes) / len(episodes))

    def _on_step(self) -> bool:
        return True


def main() -> None:
    args, output = arguments(), None
    output = Path(args.output)
    made = result(output)
    if args.module:
        sys.path.insert(0, str(fetched(args.data)))
        importlib.import_module(args.module)
    worlds = make_vec_env(args.environment, args.worlds, seed=args.seed,
                          vec_env_cls=SubprocVecEnv if args.worlds > 1 else None)  # fmt: skip
    if (output / "agent.zip").exists():
        agent = PPO.load(output / "agent.zip", worlds)
        print(json.dumps({"resumes_from": f"{agent.num_timesteps} transitions"}), flush=True)
    else:
        picture = (
            isinstance(worlds.observation_space, gymnasium.spaces.Box) and len(worlds.observation_space.shape) == 3
        )
        agent = PPO("CnnPolicy" if picture else "MlpPolicy", worlds, n_steps=args.horizon, batch_size=args.micro_batch,
                    learning_rate=args.learning_rate, seed=args.seed)  # fmt: skip
    left = args.transitions - agent.num_timesteps
    if left > 0:
        agent.learn(left, Keeps(output), reset_num_timesteps=False)
    agent.save(made / "agent.zip")


if __name__ == "__main__":
    main()
