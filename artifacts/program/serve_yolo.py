"""Finds objects in pictures with a model of Ultralytics.

POST /predict  {"inputs": ["<base64 of a picture>"], "threshold": 0.25}
->             {"answers": [[{"label": "person", "score": 0.9, "box": [x0, y0, x1, y1]}, ...]]}, one list a picture
"""

from pydantic import BaseModel, Field
from serving import parser, picture_of, predict
from ultralytics import YOLO

MOST = 64


class Asked(BaseModel):
    inputs: list[str] = Field(min_length=1, max_length=MOST)
    threshold: float = Field(default=0.25, ge=0, le=1)


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--weights", default="yolo11x.pt", help="of Ultralytics, or one's own")
    args = made.parse_args()
    model = YOLO(args.weights)

    def answers(questions):
        least = min(threshold for _, threshold in questions)
        found = model.predict([picture_of(item) for item, _ in questions], conf=least, verbose=False)
        return [
            [
                {"label": one.names[int(kind)], "score": float(score), "box": [float(side) for side in box]}
                for kind, score, box in zip(one.boxes.cls, one.boxes.conf, one.boxes.xyxy, strict=True)
                if float(score) >= threshold
            ]
            for one, (_, threshold) in zip(found, questions, strict=True)
        ]

    def questions(asked: Asked):
        return [(item, asked.threshold) for item in asked.inputs]

    predict(f"objects with {args.weights}", args, Asked, answers, questions)


if __name__ == "__main__":
    main()
