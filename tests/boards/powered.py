# SPDX-License-Identifier: Apache-2.0
"""The emulated headset behind its bootloader, on a pseudo-terminal that stays when it is switched off, as behind a
USB line of its own.

It starts again by itself when its watchdog ends the emulator, as a headset would; `cut` takes its power away.
"""
import os
import select
import socket
import subprocess
import tempfile
import threading
import time
import tty

from slots import BOOT, machine


class Powered:
    """`flash`: the file that is its flash. `cut_after`: bytes from the host, after which its power goes once.
    `controller`: the socket of a Bluetooth controller that listens."""

    def __init__(self, flash, audio="/dev/zero", boot=BOOT, words=(), controller=None):
        self.flash, self.audio, self.boot, self.words = flash, audio, boot, words
        self.controller = controller
        self.folder = tempfile.TemporaryDirectory()
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.port, self.starts, self.taken, self.cut_after = os.ttyname(self.slave), 0, 0, None
        self.stopped, self.process = False, None
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()

    def start(self):
        """The emulator and its line."""
        path = os.path.join(self.folder.name, f"line{self.starts}")
        self.starts += 1
        config = "".join(f",arg={word}" for word in ("undertone", "--recover", *(["--ble"] if self.controller else []), *self.words, self.audio))
        self.process = subprocess.Popen(
            ["qemu-system-arm", *machine(self.flash), "-display", "none", "-monitor", "none", "-serial",
             f"unix:{path},server=on,wait=on", *(["-serial", f"unix:{self.controller}"] if self.controller else []), "-semihosting-config", "enable=on,target=native" + config, "-kernel",
             self.boot], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        line = socket.socket(socket.AF_UNIX)
        while not self.stopped and self.process.poll() is None:
            try:
                line.connect(path)
                break
            except OSError:
                time.sleep(0.02)
        return line

    def live(self):
        while not self.stopped:
            with self.start() as line:
                self.pass_on(line)
            self.process.kill()
            self.process.wait()

    def pass_on(self, line):
        """Bytes both ways until the emulator ends, or the power goes."""
        line.setblocking(False)
        while not self.stopped and self.process.poll() is None:
            ready = select.select([line, self.master], [], [], 0.05)[0]
            try:
                if line in ready:
                    data = line.recv(4096)
                    if not data:
                        return
                    if select.select([], [self.master], [], 0)[1]:
                        os.write(self.master, data)  # what nobody reads is lost, as on a wire
                if self.master in ready:
                    data = os.read(self.master, 1024)
                    self.taken += len(data)
                    line.setblocking(True)
                    line.sendall(data)
                    line.setblocking(False)
            except BlockingIOError:
                continue
            except OSError:
                return
            if self.cut_after is not None and self.taken >= self.cut_after:
                self.cut_after = None
                return

    def cut(self):
        """The power goes, and comes back."""
        self.process.kill()

    def off(self):
        self.stopped = True
        if self.process is not None:  # it may not have started yet
            self.process.kill()
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.off()
