"""The service that a Python team would write: FastAPI, a pydantic model, PyTorch."""
from typing import List

from answer import answer
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Body(BaseModel):
    input: List[float]


@app.post("/sigmoid")
def sigmoid(body: Body):
    return answer(body.input)
