"""Python's own values of random expressions, for formal/modular_arithmetic.rs.

    python3 modular_arithmetic.py > modular_arithmetic.txt
"""

import random

random.seed(3)
for _ in range(3000):
    terms = random.randrange(1, 12)
    text = str(random.randrange(5))
    for _ in range(terms - 1):
        text += random.choice("+-x") + str(random.randrange(5))
    print(text, "=", eval(text.replace("x", "*")) % 5)
