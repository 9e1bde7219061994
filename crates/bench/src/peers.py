"""Measures PyTorch or JAX for `unroll bench`.

Arguments: framework, threads. Reads one request a line from standard input and answers
each with one line: {"op": "prepare", ...} -> {"id", "check"}; {"op": "run", "id",
"iterations"} -> {"seconds"}; {"op": "forget"} -> {}. What goes wrong is {"error"}.
"""

import json
import math
import os
import sys
import time

GATES = {"vanilla": 1, "gru": 3, "lstm": 4}
RATE, CLIP, EPSILON = 1e-3, 1.0, 1e-8


def numbers(stream, count):
    """The same numbers in [0, 1) as `numbers.rs` makes."""
    z = np.arange(1, count + 1, dtype=np.uint64) + (np.uint64(stream) << np.uint64(40))
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)


def layer_weights(cell, inputs, hidden):
    """Weights in PyTorch's shapes, equal to those of our layer, and of the linear head."""
    gates = GATES[cell] * hidden
    sizes = [inputs * gates, hidden * gates, gates, hidden if cell == "gru" else 0, hidden, 1]
    draws = (2 * numbers(1, sum(sizes)) - 1) / np.float32(math.sqrt(hidden))
    w, r, b, c, head, head_bias = np.split(draws, np.cumsum(sizes)[:-1])
    if cell == "lstm":
        b[hidden : 2 * hidden] += 1  # our default bias of the forget gate
    recurrent_bias = np.zeros(gates, np.float32)
    if cell == "gru":
        recurrent_bias[2 * hidden :] = c
    layer = [w.reshape(inputs, gates).T, r.reshape(hidden, gates).T, b, recurrent_bias]
    return [np.ascontiguousarray(part) for part in layer], head.reshape(1, hidden), head_bias


def data(shape):
    """Input, gradient of the hidden states, and targets."""
    batch, steps, inputs, hidden = shape
    x = 2 * numbers(2, batch * steps * inputs) - 1
    gradient = 2 * numbers(3, batch * steps * hidden) - 1
    targets = numbers(4, batch)
    return (
        x.reshape(batch, steps, inputs),
        gradient.reshape(batch, steps, hidden),
        targets.reshape(batch, 1),
    )


class Torch:
    def __init__(self, threads):
        global torch
        import torch

        torch.set_num_threads(threads)
        # Over long lags gradients become denormal numbers, on which some processors take a hundred
        # times as long. Ours count as zero; PyTorch is asked to do the same.
        torch.set_flush_denormal(True)
        self.version = torch.__version__

    def finish(self, _):
        pass

    def prepare(self, request):
        """A function that does the work once, and a number that tells what it computes."""
        if request["job"] == "model":
            return self.model(request["name"], *request["shape"])
        cell, shape = request["cell"], request["shape"]
        kind = {"vanilla": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        layer = kind(shape[2], shape[3], batch_first=True)
        weights, head_weight, head_bias = layer_weights(cell, shape[2], shape[3])
        with torch.no_grad():
            for parameter, value in zip(layer.parameters(), weights):
                parameter.copy_(torch.from_numpy(value))
        x, gradient, targets = (torch.from_numpy(part) for part in data(shape))

        if request["pass"] == "forward":

            def forward():
                with torch.inference_mode():
                    return layer(x)[0]

            return forward, forward()[:, -1].abs().mean().item()

        if request["pass"] == "forward+backward":
            x.requires_grad_()
            lengths = request.get("lengths")
            lengths = lengths and torch.tensor(lengths)
            wanted = [x, *layer.parameters()]

            def hidden():
                if lengths is None:
                    return layer(x)[0]
                rnn = torch.nn.utils.rnn
                packed = rnn.pack_padded_sequence(
                    x, lengths, batch_first=True, enforce_sorted=False
                )
                return rnn.pad_packed_sequence(
                    layer(packed)[0], batch_first=True, total_length=shape[1]
                )[0]

            def both():
                return torch.autograd.grad(hidden(), wanted, gradient)

            return both, both()[0].abs().mean().item()

        head = torch.nn.Linear(shape[3], 1)
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(head_weight))
            head.bias.copy_(torch.from_numpy(head_bias))
        parts = torch.nn.ModuleList([layer, head])
        step = self.step(parts, lambda: head(last_hidden(layer(x)[1])), targets)
        return step, step()

    def peak(self, name, shape):
        """Bytes by which the memory of this process grows for a model and three of its training steps;
        None of what it does not know."""
        step, _ = self.model(name, 2, 5, 2, 8)  # libraries, and what is set up only once
        if step is None:
            return None
        step()
        del step
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = status("VmRSS:")
        step, _ = self.model(name, *shape)
        for _ in range(3):
            step()
        return status("VmHWM:") - before

    def model(self, name, batch, steps, inputs, hidden):
        """The training step of PyTorch's equivalent of an architecture with its defaults."""
        from torch import nn

        x, _, targets = (torch.from_numpy(part) for part in data((batch, steps, inputs, hidden)))
        head = nn.Linear(hidden, 1)
        if name in ("vanilla", "lstm", "gru", "stacked"):
            kind = {"vanilla": nn.RNN, "gru": nn.GRU}.get(name, nn.LSTM)
            layer = kind(inputs, hidden, 2 if name == "stacked" else 1, batch_first=True)
            parts, output = [layer], lambda: head(last_hidden(layer(x)[1]))
        elif name == "bidirectional":
            layer = nn.LSTM(inputs, hidden, batch_first=True, bidirectional=True)
            head = nn.Linear(2 * hidden, 1)
            parts, output = [layer], lambda: head(torch.cat([*layer(x)[1][0]], 1))
        elif name == "cnn_rnn":
            first, second = nn.Conv1d(inputs, 32, 5, padding=2), nn.Conv1d(32, 32, 5, padding=2)
            features = nn.Sequential(first, nn.ReLU(), second, nn.ReLU())
            layer = nn.LSTM(32, hidden, batch_first=True)
            parts = [features, layer]
            output = lambda: head(last_hidden(layer(features(x.mT).mT)[1]))
        elif name == "rnn_transformer":
            layer = nn.LSTM(inputs, hidden, batch_first=True)
            block = attention_block(hidden)
            norm = nn.LayerNorm(hidden)
            causal = nn.Transformer.generate_square_subsequent_mask(steps)
            parts = [layer, block, norm]
            output = lambda: head(
                norm(block(layer(x)[0], src_mask=causal, is_causal=True))[:, -1]
            )
        elif name == "interleaved":
            first, last = nn.Linear(inputs, hidden), nn.LayerNorm(hidden)
            layers = [nn.LSTM(hidden, hidden, batch_first=True) for _ in range(2)]
            norms = [nn.LayerNorm(hidden) for _ in range(4)]
            widened = [
                nn.Sequential(
                    nn.Linear(hidden, 4 * hidden), nn.ReLU(), nn.Linear(4 * hidden, hidden)
                )
                for _ in layers
            ]
            block = attention_block(hidden)
            causal = nn.Transformer.generate_square_subsequent_mask(steps)
            parts = [first, *layers, *norms, *widened, block, last]

            def output():
                states = first(x)
                for index, (layer, wide) in enumerate(zip(layers, widened)):
                    states = states + layer(norms[2 * index](states))[0]
                    states = states + wide(norms[2 * index + 1](states))
                return head(last(block(states, src_mask=causal, is_causal=True))[:, -1])

        elif name == "feed_forward":
            first, second = nn.Linear(2 * inputs, hidden), nn.Linear(hidden, hidden)
            parts = [first, second]

            def output():
                variance, mean = torch.var_mean(x, dim=1, correction=0)
                moments = torch.cat([mean, (variance + 1e-5).sqrt()], 1)
                return head(torch.relu(second(torch.relu(first(moments)))))

        elif name in ("min_gru", "min_lstm"):
            gates = nn.Linear(inputs, (2 if name == "min_gru" else 3) * hidden)
            parts = [gates]

            def output():
                blocks = gates(x).chunk(2 if name == "min_gru" else 3, 2)
                if name == "min_gru":
                    written = blocks[0].sigmoid()
                    kept = 1 - written
                else:
                    forget, write = blocks[0].sigmoid(), blocks[1].sigmoid()
                    kept, written = forget / (forget + write), write / (forget + write)
                return head(linear_scan(kept, written * blocks[-1])[:, -1])

        elif name == "slstm":
            read = nn.Linear(inputs, 4 * hidden)
            carry = nn.Linear(hidden, 4 * hidden, bias=False)
            parts = [read, carry]

            def output():
                h = c = n = m = x.new_zeros(batch, hidden)
                for sums in read(x).unbind(1):
                    write, forget, made, shown = (sums + carry(h)).chunk(4, 1)
                    kept = torch.nn.functional.logsigmoid(forget) + m
                    m = torch.maximum(kept, write)
                    share, kept = (write - m).exp(), (kept - m).exp()
                    c = kept * c + share * made.tanh()
                    n = kept * n + share
                    h = shown.sigmoid() * c / n
                return head(h)

        elif name == "mlstm":
            # The parallel form, with four heads.
            read, width = nn.Linear(inputs, 4 * hidden + 8), hidden // 4
            later = torch.ones(steps, steps, dtype=torch.bool).triu(1)
            parts = [read]

            def output():
                sums = read(x)
                by_head = lambda part: part.unflatten(2, (4, width)).transpose(1, 2)
                query, key, value = (by_head(part) for part in sums[:, :, : 3 * hidden].chunk(3, 2))
                shown = sums[:, :, 3 * hidden : 4 * hidden].sigmoid()
                write, forget = sums[:, :, 4 * hidden :].mT.chunk(2, 1)
                kept = torch.nn.functional.logsigmoid(forget).cumsum(2)
                decay = (kept[..., None] + (write - kept)[:, :, None]).masked_fill(later, -1e30)
                most = torch.maximum(decay.amax(3, keepdim=True), kept[..., None]).detach()
                looks = query @ key.mT * width**-0.5 * (decay - most).exp()
                divisor = torch.maximum(looks.sum(3, keepdim=True).abs(), (-most).exp())
                states = (looks @ value / divisor).transpose(1, 2).flatten(2) * shown
                return head(states[:, -1])

        elif name == "mut":
            # MUT1, its z as ours: the share of the old state.
            wide = nn.Linear(inputs, hidden, bias=False)
            read = nn.Linear(hidden, 2 * hidden)
            reset, made = nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, hidden)
            parts = [wide, read, reset, made]

            def output():
                seen = wide(x)
                sums = read(seen).unbind(1)
                h = x.new_zeros(batch, hidden)
                for direct, both in zip(seen.tanh().unbind(1), sums):
                    r, z = both.chunk(2, 1)
                    n = torch.tanh(made((r + reset(h)).sigmoid() * h) + direct)
                    h = n + z.sigmoid() * (h - n)
                return head(h)

        elif name == "r_transformer":
            first, last, norm = nn.Linear(inputs, hidden), nn.LayerNorm(hidden), nn.LayerNorm(hidden)
            layer, block = nn.LSTM(hidden, hidden, batch_first=True), attention_block(hidden)
            causal = nn.Transformer.generate_square_subsequent_mask(steps)
            parts = [first, layer, block, norm, last]

            def output():
                states = first(x)
                before = torch.nn.functional.pad(norm(states), (0, 0, 6, 0))
                windows = before.unfold(1, 7, 1).mT.flatten(0, 1)
                local = last_hidden(layer(windows)[1]).unflatten(0, (batch, steps))
                return head(last(block(states + local, src_mask=causal, is_causal=True))[:, -1])

        elif name == "tcn":
            levels = next(n for n in range(1, 17) if 1 + 12 * (2**n - 1) >= steps)
            parts = [TcnLevel(inputs if n == 0 else hidden, hidden, 2**n) for n in range(levels)]
            network = nn.Sequential(*parts)
            output = lambda: head(network(x.mT)[:, :, -1])
        elif name == "fcn":
            sizes = [(inputs, hidden, 8), (hidden, 2 * hidden, 5), (2 * hidden, hidden, 3)]
            parts = [nn.Conv1d(*size, padding="same") for size in sizes]
            norms = [nn.LayerNorm(size[1]) for size in sizes]

            def output():
                features = x.mT
                for convolution, norm in zip(parts, norms):
                    features = torch.relu(norm(convolution(features).mT)).mT
                return head(features.mean(2))

            return self.step(nn.ModuleList([*parts, *norms, head]), output, targets), None
        elif name == "transformer":
            first, norm = nn.Linear(inputs, hidden), nn.LayerNorm(hidden)
            blocks = [attention_block(hidden), attention_block(hidden)]
            angles = torch.arange(steps)[:, None] / 10000 ** (torch.arange(hidden) // 2 * 2 / hidden)
            waves = torch.where(torch.arange(hidden) % 2 == 0, angles.sin(), angles.cos())
            parts = [first, *blocks, norm]

            def output():
                states = first(x) + waves
                for block in blocks:
                    states = block(states)
                return head(norm(states)[:, -1])

        else:
            return None, None
        return self.step(nn.ModuleList([*parts, head]), output, targets), None

    def step(self, parts, output, targets):
        """A training step: loss, gradients, clipping by their global norm, Adam."""
        parameters = list(parts.parameters())
        adam = torch.optim.Adam(parameters, lr=RATE, eps=EPSILON, fused=True)

        def step():
            adam.zero_grad(set_to_none=True)
            loss = torch.nn.functional.mse_loss(output(), targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP)
            adam.step()
            return loss.item()

        return step


def status(name):
    """A line of /proc/self/status in bytes."""
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(name))
    return 1024 * int(line.split()[1])


def attention_block(hidden):
    """A pre-norm block with four heads, without dropout."""
    return torch.nn.TransformerEncoderLayer(
        hidden, 4, 4 * hidden, dropout=0.0, batch_first=True, norm_first=True
    )


def linear_scan(kept, added):
    """h[t] = kept[t] h[t - 1] + added[t] for all steps, in log2(steps) passes (Hillis and Steele)."""
    reach = 1
    while reach < kept.shape[1]:
        before, behind = added[:, :-reach], kept[:, reach:]
        added = torch.cat([added[:, :reach], added[:, reach:] + behind * before], 1)
        kept = torch.cat([kept[:, :reach], behind * kept[:, :-reach]], 1)
        reach *= 2
    return added


def TcnLevel(inputs, hidden, dilation):
    """A residual block of Bai et al. 2018 without dropout, kernel 7."""
    from torch import nn

    def convolution(inputs):
        plain = nn.Conv1d(inputs, hidden, 7, dilation=dilation)
        return nn.utils.parametrizations.weight_norm(plain)

    class Level(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = convolution(inputs), convolution(hidden)
            self.skip = nn.Conv1d(inputs, hidden, 1) if inputs != hidden else nn.Identity()

        def forward(self, x):
            pad = torch.nn.functional.pad
            inner = torch.relu(self.first(pad(x, (6 * dilation, 0))))
            inner = torch.relu(self.second(pad(inner, (6 * dilation, 0))))
            return torch.relu(inner + self.skip(x))

    return Level()


def last_hidden(state):
    """The top layer's last hidden state of an RNN's, GRU's or LSTM's final state."""
    return (state[0] if isinstance(state, tuple) else state)[-1]


class Jax:
    def __init__(self, threads):
        # XLA sizes its pool of threads by the processors it may run on, so they were
        # restricted before this import.
        os.environ["JAX_PLATFORMS"] = "cpu"
        global jax, jnp
        import jax
        import jax.numpy as jnp

        self.version = jax.__version__

    def finish(self, result):
        jax.block_until_ready(result)

    def prepare(self, request):
        if request["job"] == "model" or request.get("lengths"):
            return None, None
        cell, shape = request["cell"], request["shape"]
        weights, head, head_bias = layer_weights(cell, shape[2], shape[3])
        weights = [jnp.asarray(part) for part in weights]
        x, gradient, targets = (jnp.asarray(part) for part in data(shape))
        run = jax_layer(cell, shape[3])
        layer = lambda weights, x: run(weights, x)[0]

        if request["pass"] == "forward":
            forward = jax.jit(layer)
            check = jnp.abs(forward(weights, x)[:, -1]).mean()
            return lambda: forward(weights, x), float(check)

        if request["pass"] == "forward+backward":

            @jax.jit
            def both(weights, x, gradient):
                hidden, pull = jax.vjp(layer, weights, x)
                return hidden, pull(gradient)

            check = jnp.abs(both(weights, x, gradient)[1][1]).mean()
            return lambda: both(weights, x, gradient), float(check)

        def loss(parameters, x, targets):
            weights, head, bias = parameters
            output = run(weights, x)[1] @ head.T + bias
            return jnp.square(output - targets).mean()

        def step(state, x, targets):
            parameters, first, second, count = state
            value, grads = jax.value_and_grad(loss)(parameters, x, targets)
            norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(grads)))
            scale = jnp.minimum(1.0, CLIP / (norm + 1e-6))
            grads = jax.tree.map(lambda g: g * scale, grads)
            count = count + 1
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)

            def update(p, m, v):
                m, v = m / (1 - 0.9**count), v / (1 - 0.999**count)
                return p - RATE * m / (jnp.sqrt(v) + EPSILON)

            parameters = jax.tree.map(update, parameters, first, second)
            return (parameters, first, second, count), value

        parameters = (weights, jnp.asarray(head), jnp.asarray(head_bias))
        zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
        state = (parameters, zeros(), zeros(), jnp.float32(0))
        step = jax.jit(step, donate_argnums=0)
        state, value = step(state, x, targets)
        check = float(value)

        def again():
            nonlocal state
            state, value = step(state, x, targets)
            return float(value)

        return again, check


def jax_layer(cell, size):
    """The hidden states [batch, steps, hidden] by a scan, and the last one; one product for
    all inputs."""

    def layer(weights, x):
        w, r, b, c = weights
        r = r.T
        bias = b + c if cell != "gru" else b.at[: 2 * size].add(c[: 2 * size])
        projected = jnp.swapaxes(x, 0, 1) @ w.T + bias
        zero = jnp.zeros((x.shape[0], size), x.dtype)

        def vanilla(h, p):
            h = jnp.tanh(p + h @ r)
            return h, h

        def gru(h, p):
            q = h @ r
            gates = jax.nn.sigmoid(p[:, : 2 * size] + q[:, : 2 * size])
            reset, update = gates[:, :size], gates[:, size:]
            n = jnp.tanh(p[:, 2 * size :] + reset * (q[:, 2 * size :] + c[2 * size :]))
            h = n + update * (h - n)
            return h, h

        def lstm(state, p):
            h, memory = state
            i, f, g, o = jnp.split(p + h @ r, 4, axis=1)
            memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(memory)
            return (h, memory), h

        step = {"vanilla": vanilla, "gru": gru, "lstm": lstm}[cell]
        start = (zero, zero) if cell == "lstm" else zero
        last, hidden = jax.lax.scan(step, start, projected)
        return jnp.swapaxes(hidden, 0, 1), last[0] if cell == "lstm" else last

    return layer


def answer(framework, jobs, request):
    if request["op"] == "forget":
        jobs.clear()
        return {}
    if request["op"] == "prepare":
        work, check = framework.prepare(request)
        if work is None:
            return {"unknown": True}
        jobs.append(work)
        return {"id": len(jobs) - 1, "check": check}
    if request["op"] == "peak":
        return {"bytes": framework.peak(request["name"], request["shape"])}
    work, result = jobs[request["id"]], None
    begun = time.perf_counter()
    for _ in range(request["iterations"]):
        result = work()
    framework.finish(result)
    return {"seconds": time.perf_counter() - begun}


def main():
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get between the replies

    def reply(value):
        print(json.dumps(value), file=replies, flush=True)

    name, threads = sys.argv[1], int(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    try:
        global np
        import numpy as np

        framework = {"torch": Torch, "jax": Jax}[name](threads)
    except Exception as error:
        return reply({"error": f"{type(error).__name__}: {error}"})
    reply({"version": framework.version})
    jobs = []
    for line in sys.stdin:
        try:
            reply(answer(framework, jobs, json.loads(line)))
        except Exception as error:
            reply({"error": f"{type(error).__name__}: {error}"})


main()
