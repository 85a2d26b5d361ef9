# SPDX-License-Identifier: Apache-2.0
"""The firmware in QEMU with its HCI on the tests' controller, audio at a chosen pace, and its pairing code read off."""
import array
import asyncio
import ctypes
import fcntl
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boards"))
from link import IMAGE, SPEECH, records, request  # noqa: E402
from slots import BOOT, machine  # noqa: E402

from controller import PeripheralController, Uart  # noqa: E402

NAME = "Undertone"
SERVICE, STREAM, CONTROL, VERSIONS = (f"E85A000{n}-5839-4330-A637-3D0FC85DAFF5" for n in (1, 2, 3, 4))
QEMU = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-icount", "shift=5,sleep=off"]
BLOCK_BYTES, BLOCK_S = 640, 0.01
PIPE_BYTES = 4096  # the least a FIFO can hold: 64 ms of audio that were fed and not heard


def end_with_us():
    """Between fork and exec: no child outlives the tests, however they end (Linux PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Feeder:
    """Audio into the FIFO: `speed` times real time, 0 = as fast as it is taken; silence after its end, for ever or not
    at all. The machine's time stands still while it waits for a block, so this is the headset's clock."""

    def __init__(self, path, audio, speed, ends, patience):
        self.path, self.audio, self.speed, self.ends, self.patience = path, audio, speed, ends, patience
        self.blocks = 0
        self.busy = lambda: False  # HCI packets are on their way
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        # both ends, so that opening does not wait for the reader
        self.fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.fifo, 1031, PIPE_BYTES)  # F_SETPIPE_SZ
        self.thread.start()

    def ms(self):
        return self.blocks * 10

    def run(self):
        due, silence = time.monotonic(), bytes(BLOCK_BYTES)
        while not self.stopped.is_set():
            at = self.blocks * BLOCK_BYTES
            if at >= len(self.audio) and self.ends:
                break
            # A busy test machine must not look like a slow controller: while it waits for one, a block of the headset takes
            # `patience`. It does go on, because bytes reach its UART only while it runs, and few of them in each block.
            waited = time.monotonic() + self.patience
            while self.busy() and time.monotonic() < waited:
                time.sleep(0.0003)
            if self.speed:
                due = max(due + BLOCK_S / self.speed, time.monotonic() - 0.05)
                time.sleep(max(0, due - time.monotonic()))
            if select.select([], [self.fifo], [], 0.1)[1]:
                try:
                    os.write(self.fifo, self.audio[at:at + BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0") or silence)
                    self.blocks += 1
                except BlockingIOError:
                    time.sleep(0.001)
        os.close(self.fifo)

    def stop(self):
        self.stopped.set()


PAIRING = 9  # the request for pairing mode (SPEC.md "Control")


class Headset:
    """`options` are those of PeripheralController, `words` go to the image's command line (boards/mps2/README.md).
    button: what a person holds it for: pairing mode again and again, unless the test says otherwise.
    flash: a file with releases, of which the bootloader starts one. hurry: for whole images; the headset's time runs up to twenty
    times as fast as this machine's while bytes are under way, instead of twice."""

    def __init__(self, air, *words, audio=None, speed=5, ends=False, store=None, link=None, button="pair", flash=None, hurry=False,
                 **options):
        self.air, self.options, self.link, self.flash = air, options, link, flash
        self.words = ("--ble",) + ((f"--button={button}",) if button else ()) + words + (("--store", store) if store else ())
        self.audio = speech(120) if audio is None else audio
        self.speed, self.ends, self.patience = speed, ends, BLOCK_S / (20 if hurry else 2)
        self.said, self.changed = [], asyncio.Event()

    async def on(self):
        self.folder = tempfile.TemporaryDirectory()
        hci, fifo, self.line = (os.path.join(self.folder.name, name) for name in ("hci", "audio", "line"))
        os.mkfifo(fifo)
        self.feeder = Feeder(fifo, self.audio, self.speed, self.ends, self.patience)
        config = "".join(f",arg={word}" for word in ("undertone",) + self.words + (fifo,))
        self.process = await asyncio.create_subprocess_exec(
            *QEMU, "-semihosting-config", "enable=on,target=native" + config, "-serial",
            f"file:{self.link}" if self.link else f"unix:{self.line},server=on,wait=off", "-serial", f"unix:{hci},server=on,wait=on",
            *(["-kernel", IMAGE] if self.flash is None else machine(self.flash) + ["-kernel", BOOT]),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=end_with_us)
        self.reading = asyncio.ensure_future(self.read())
        for _ in range(500):
            try:
                _, uart = await asyncio.get_running_loop().create_unix_connection(
                    lambda: Uart(lambda send: PeripheralController(self.air, send, **self.options)), hci)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.sleep(0.01)
        self.uart, self.controller = uart, uart.controller
        self.feeder.busy = self.busy
        return self

    def busy(self):
        """Bytes of either side have not been read by the other, or were just now."""
        line = self.uart.transport.get_extra_info("socket").fileno()
        try:
            unread = [fcntl.ioctl(line, what, bytes(4)) for what in (termios.FIONREAD, termios.TIOCOUTQ)]
        except (OSError, ValueError):  # the other thread has closed it
            return False
        return any(map(any, unread)) or time.monotonic() - self.uart.moved < 0.002

    async def read(self):
        while line := await self.process.stdout.readline():
            if not line.startswith(b"qemu-system-arm: -serial"):  # that it waits for the controller
                self.said.append(line.decode(errors="replace").rstrip("\n"))
                self.changed.set()

    async def saying(self, pattern, since=0, seconds=20):
        """The first match among what it said from line `since` on."""
        end = time.monotonic() + seconds
        while True:
            for line in self.said[since:]:
                if found := re.search(pattern, line):
                    return found
            self.changed.clear()
            left = end - time.monotonic()
            try:
                await asyncio.wait_for(self.changed.wait(), left)
            except asyncio.TimeoutError:
                raise AssertionError(f"never said {pattern!r}: {self.said}") from None

    def code(self, wrong=0):
        """Reads the code off the display once it is shown there, as a person would who is `wrong` by so much."""
        since = len(self.said)

        async def read():
            return (int((await self.saying(r"^pairing code (\d{6})$", since)).group(1)) + wrong) % 1000000
        return read

    async def ask(self, operation, key=0, value=b""):
        """(error, value) of the reply on the serial line, which is no file then."""
        reader, writer = await asyncio.open_unix_connection(self.line)
        heard, tag = b"", 77
        writer.write(request(operation, tag, key, value))
        try:
            while True:
                heard += await asyncio.wait_for(reader.read(4096), 60)
                for record in records(heard)[0]:
                    if record[0] == 0x17 and record[2] == operation and record[3] == tag:
                        return record[6], record[8:8 + record[5]]
        finally:
            writer.close()

    async def ms(self, ms):
        """Lets so much audio pass."""
        end = self.feeder.ms() + ms
        while self.feeder.ms() < end and self.process.returncode is None:
            await asyncio.sleep(0.005)

    async def ended(self, seconds=60):
        """The exit code, after the end of the audio or off()."""
        code = await asyncio.wait_for(self.process.wait(), seconds)
        await self.reading
        return code

    async def off(self):
        """The end of the audio, now; the exit code."""
        self.feeder.stop()
        return await self.ended()

    async def cut(self):
        """Power is gone: nothing is written or said any more."""
        self.feeder.stop()
        self.process.kill()
        return await self.ended()

    async def __aenter__(self):
        return await self.on()

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            await self.cut()
        self.uart.transport.close()
        self.folder.cleanup()


def speech(seconds):
    """The two-party call of the other tests over and over, as pairs."""
    with open(SPEECH, "rb") as f:
        once = f.read()
    return (once * (seconds * 64000 // len(once) + 1))[:seconds * 64000]


def silence(seconds):
    return array.array("h", bytes(64000 * seconds)).tobytes()
