"""Files of weights as PyTorch and the safetensors package write them.

`python3 make_goldens.py` writes them beside this script (PyTorch 2.15, safetensors, numpy). All
hold the same two tensors: "weight" [2, 3], 0.5 apart from -1.25, and "bias" [3], which is the
first row of the weight times 2; "counted" is a whole number, and no weight.
"""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent

weight = torch.arange(6, dtype=torch.float32).reshape(2, 3) * 0.5 - 1.25
state = OrderedDict(weight=weight, bias=weight[0] * 2, counted=torch.tensor(7))
# Not contiguous: the same numbers, laid out column by column.
turned = OrderedDict(state, weight=weight.t().contiguous().t())

torch.save(state, HERE / "new.pt")
torch.save(turned, HERE / "turned.pt")
torch.save(state, HERE / "old.pt", _use_new_zipfile_serialization=False)
torch.save({"state_dict": state}, HERE / "nested.pt")
torch.save(OrderedDict((k, v.to(torch.bfloat16)) for k, v in state.items()), HERE / "bfloat16.pt")
torch.save([1, 2], HERE / "list.pt")
save_file(dict(state), HERE / "plain.safetensors")
for name, dtype in [("half", torch.float16), ("double", torch.float64)]:
    tensors = {key: value.to(dtype) for key, value in state.items() if key != "counted"}
    save_file(tensors, HERE / f"{name}.safetensors")


class Hostile:
    """Unpickled by Python, this would call a function."""

    def __reduce__(self):
        return (print, ("executed",))


torch.save({"weight": weight, "hostile": Hostile()}, HERE / "hostile.pt")
