"""A check in a process of its own, which `autograd course check` runs.

The file comes from standard input; the number of its part and its folder are arguments. The result
is one line of JSON.
"""

from __future__ import annotations

import json
import sys

from autograd.course.parts import PARTS

if __name__ == "__main__":
    number, folder = sys.argv[1:]
    sys.path.append(folder)  # for what the file imports from beside it
    out = sys.stdout
    result = PARTS[int(number) - 1].check(sys.stdin.read())
    print(json.dumps({"passed": bool(result), "text": str(result)}), file=out)
