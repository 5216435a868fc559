"""Four corners that no straight line parts: a page on which three neurons do, and one spikes.

python demos/lessons/xor.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, binary_cross_entropy_with_logits, write_training

networks = {
    "a line": MLP(2, [1], rng=Random(3)),
    "three tanh": MLP(2, [3, 1], "tanh", rng=Random(3)),
    "steps too long": MLP(2, [3, 1], "tanh", rng=Random(3)),
}
rates = {"a line": 1, "three tanh": 1, "steps too long": 4}

page = write_training(
    networks,
    [[0, 0], [0, 1], [1, 0], [1, 1]],
    [0, 1, 1, 0],
    out_file(),
    loss=binary_cross_entropy_with_logits,
    optimizer={name: SGD(networks[name].parameters(), lr=rate) for name, rate in rates.items()},
    epochs=100,
    seed=3,
    title="XOR: a line cannot, three tanh can, and too long a step throws them back",
)
print("wrote", page)
