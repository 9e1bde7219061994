"""Loads out.safetensors into PyTorch's own modules, holds what they say of the walks against
said.csv, and saves them as back.pt with the biases divided over PyTorch's two."""

import csv
import json
from itertools import groupby
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

tensors = load_file("out.safetensors")
about = json.loads(safe_open("out.safetensors", "pt").metadata()["unroll"])
hidden = about["hidden"]
rnn = {name[4:]: value for name, value in tensors.items() if name.startswith("rnn.")}
layers = 1 + max(int(name.split("_l")[-1].split("_")[0]) for name in rnn)
two_ways = any(name.endswith("_reverse") for name in rnn)
gates = rnn["weight_hh_l0"].shape[0] // hidden
kind = {1: torch.nn.RNN, 3: torch.nn.GRU, 4: torch.nn.LSTM}[gates]
width = rnn["weight_ih_l0"].shape[1]
module = kind(width, hidden, num_layers=layers, bidirectional=two_ways, batch_first=True)
module.load_state_dict(rnn)
head = torch.nn.Linear(hidden * (1 + two_ways), tensors["head.weight"].shape[0])
head.load_state_dict({"weight": tensors["head.weight"], "bias": tensors["head.bias"]})

rows = list(csv.DictReader(Path("data/walks/walks.csv").open()))
walks = [list(rows) for _, rows in groupby(rows, key=lambda row: row["walk"])]
said = list(csv.reader(Path("said.csv").open()))[1:]
assert len(said) == len(walks)


def probabilities(walk):
    x = torch.tensor([[float(row["x"]), float(row["y"])] for row in walk])
    steps, _ = module(x[None])
    last = steps[0, -1, :hidden]
    if two_ways:
        last = torch.cat([last, steps[0, 0, hidden:]])
    return torch.softmax(head(last), 0)


with torch.no_grad():
    for walk, row in zip(walks, said):
        expected = torch.tensor([float(value) for value in row[4:]])
        torch.testing.assert_close(probabilities(walk), expected, atol=2e-6, rtol=0)

state = {f"rnn.{name}": value for name, value in module.state_dict().items()}
for name in list(state):
    # The n of a GRU keeps its own; any other sum may be divided as one likes.
    if "bias_ih" in name:
        other = name.replace("_ih", "_hh")
        shared = 2 * hidden if gates == 3 else len(state[name])
        half = torch.cat([state[name][:shared] / 2, torch.zeros(len(state[name]) - shared)])
        state[name] = state[name] - half
        state[other] = state[other] + half
state |= {f"head.{name}": value for name, value in head.state_dict().items()}
torch.save(state, "back.pt")
