# SPDX-License-Identifier: Apache-2.0
"""A Bluetooth controller on a socket, for what needs one to be there; tests/ble has one that can do more."""
import threading
import time


class Controller(threading.Thread):
    """As little of a Bluetooth controller as lets a host advertise; hangs up the first `deaf` times after its reset;
    `slow`: its bytes come one at a time."""

    DATA = {0x2002: bytes((27, 0, 4)), 0x2003: bytes(8)}  # LE buffers, LE features

    def __init__(self, listener, deaf=0, slow=False):
        super().__init__(daemon=True)
        listener.listen()
        self.listener, self.deaf, self.slow = listener, deaf, slow
        self.visits, self.scan_data, self.advertising = 0, b"", 0
        self.start()

    def run(self):
        while True:
            try:
                host, _ = self.listener.accept()
            except OSError:
                return  # the test is over
            self.visits += 1
            with host, host.makefile("rb") as said:
                while len(head := said.read(4)) == 4:
                    assert head[0] == 1, head
                    opcode, parameters = head[1] | head[2] << 8, said.read(head[3])
                    if opcode == 0x2009:
                        self.scan_data = parameters
                    if opcode == 0x200A:
                        self.advertising = parameters[0]
                    data = self.DATA.get(opcode, b"")
                    answer = bytes((4, 0x0E, 4 + len(data), 1)) + head[1:3] + b"\0" + data
                    for at in range(0, len(answer), 1 if self.slow else len(answer)):
                        time.sleep(0.02 if self.slow else 0)
                        host.sendall(answer[at:at + 1] if self.slow else answer)
                    if self.visits <= self.deaf:
                        break
