"""Four corners that no straight line parts: a page on which four neurons learn to.

python demos/lessons/xor.py
"""

from random import Random

from out import out_file

from nn import MLP, SGD, binary_cross_entropy_with_logits, write_training

corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
network = MLP(2, [4, 1], "tanh", rng=Random(0))

page = write_training(
    network,
    corners,
    [0, 1, 1, 0],
    out_file(),
    loss=binary_cross_entropy_with_logits,
    optimizer=SGD(network.parameters(), lr=0.5),
    epochs=300,
    title="XOR: no straight line parts these corners, but four neurons do",
)
print("wrote", page)
