//! A serial line.
//!
//! In: the ports of a 16550 UART. Out: a [`Stream`]. It knows no terminal: bytes are passed on as they are. Source: the
//! PC16550D data sheet of National Semiconductor.
//!
//! The kernel gives the ports, whose instructions are privileged, routes the line's interrupt (4 for the port 0x3f8),
//! and calls [`Serial::interrupt`] in its handler. Without an interrupt a line works, too: it is asked.

use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ringzero::platform::{ErrorKind, FileType, Interest, Readiness, Result, Stream, WaitHandle};
use spin::Mutex;

use crate::device::PortIo;

/// Received bytes, and those to send; the divisor's low byte while it is shown.
const DATA: u16 = 0;
/// Which interrupts; the divisor's high byte while it is shown.
const INTERRUPTS: u16 = 1;
const RECEIVED: u8 = 1;
const SENT: u8 = 2;
/// Control of the queues, 16 bytes in each direction.
const QUEUES: u16 = 2;
/// Switched on, emptied, and an interrupt from 14 received bytes on, or after a pause.
const QUEUES_ON: u8 = 0xc7;
const FORMAT: u16 = 3;
/// 8 bits, no parity, one stop bit.
const EIGHT_BITS: u8 = 0x03;
const SHOW_DIVISOR: u8 = 0x80;
const MODEM: u16 = 4;
/// Ready, and the interrupt's way to the processor is open.
const MODEM_ON: u8 = 0x0b;
/// What is sent comes back.
const MODEM_LOOP: u8 = 0x1e;
const STATUS: u16 = 5;
const STATUS_RECEIVED: u8 = 1 << 0;
const STATUS_OVERRUN: u8 = 1 << 1;
const STATUS_CAN_SEND: u8 = 1 << 5;
/// What a status reads as where there is no device.
const STATUS_NOBODY: u8 = 0xff;

/// How many bytes may be sent where [`STATUS_CAN_SEND`] is set.
const QUEUE: usize = 16;
/// What the UART divides to get its speed.
const CLOCK: u32 = 115_200;
/// Received bytes that wait to be read.
const INPUT: usize = 1_024;
/// How often room is waited for: seconds, where a byte takes milliseconds at most.
const PATIENCE: usize = 10_000_000;

/// A 16550 UART with its queues on.
///
/// Received bytes wait in a buffer of 1 KiB, filled by [`interrupt`](Self::interrupt) and by whoever reads. Where it is
/// full they wait in the device, whose interrupt is switched off until somebody reads; a virtual machine stops its
/// sender then, a cable does not, and what the device loses is counted. Sending waits for the device. Where a scheduler
/// knows the line, a write that finds no room asks for an interrupt when there is some.
pub struct Serial<P> {
    ports: P,
    base: u16,
    handle: Option<WaitHandle>,
    nonblocking: AtomicBool,
    input: Mutex<Ring>,
    /// Who sends: two writes do not mix.
    output: Mutex<()>,
    /// Somebody waits for room: the UART interrupts when there is some.
    wants_room: AtomicBool,
    /// The buffer has been full: until it is read from, the UART does not interrupt for what it receives.
    full: AtomicBool,
    lost: AtomicU64,
}

struct Ring {
    bytes: [u8; INPUT],
    first: usize,
    len: usize,
}

impl<P: PortIo> Serial<P> {
    /// Opens the UART at these ports, with 8 bits, no parity, one stop bit, and an interrupt when bytes have been
    /// received. What was received before is lost.
    ///
    /// # Errors
    /// [`ErrorKind::NoDevice`] where a byte that is sent back in the UART does not come, [`ErrorKind::InvalidInput`]
    /// for a speed that it cannot have: 115,200 divided by a whole number.
    pub fn open(ports: P, base: u16, bits_per_second: u32) -> Result<Self> {
        let divisor = CLOCK.checked_div(bits_per_second).filter(|divisor| divisor * bits_per_second == CLOCK);
        let divisor =
            divisor.and_then(|divisor| u16::try_from(divisor).ok()).ok_or(ErrorKind::InvalidInput)?;
        let [low, high] = divisor.to_le_bytes();
        for (port, value) in [
            (INTERRUPTS, 0),
            (FORMAT, SHOW_DIVISOR),
            (DATA, low),
            (INTERRUPTS, high),
            (FORMAT, EIGHT_BITS),
            (QUEUES, QUEUES_ON),
            (MODEM, MODEM_LOOP),
        ] {
            ports.write(base + port, value);
        }
        for probe in [0xae, 0x51] {
            ports.write(base + DATA, probe);
            let received = || ports.read(base + STATUS) & STATUS_RECEIVED != 0;
            if !(0..PATIENCE).any(|_| received()) || ports.read(base + DATA) != probe {
                return Err(ErrorKind::NoDevice);
            }
        }
        ports.write(base + MODEM, MODEM_ON);
        ports.write(base + INTERRUPTS, RECEIVED);
        Ok(Self {
            ports,
            base,
            handle: None,
            nonblocking: AtomicBool::new(false),
            input: Mutex::new(Ring { bytes: [0; INPUT], first: 0, len: 0 }),
            output: Mutex::new(()),
            wants_room: AtomicBool::new(false),
            full: AtomicBool::new(false),
            lost: AtomicU64::new(0),
        })
    }

    /// The same line, known to the kernel's scheduler by this number: who waits for it then halts instead of asking
    /// again and again.
    pub fn with_handle(self, handle: WaitHandle) -> Self {
        Self { handle: Some(handle), ..self }
    }

    /// Takes what was received into the buffer, and quietens the line: to be called by the handler of its interrupt,
    /// before the interrupt is acknowledged. Never waits: who holds the buffer at the moment takes the bytes itself, or
    /// finds them with the next call.
    pub fn interrupt(&self) {
        if self.wants_room.swap(false, Ordering::Relaxed) {
            self.choose_interrupts();
        }
        if let Some(mut input) = self.input.try_lock() {
            self.receive(&mut input);
        }
    }

    /// How many times the UART had no room for a byte.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Tells the UART what to interrupt for.
    fn choose_interrupts(&self) {
        let received = if self.full.load(Ordering::Relaxed) { 0 } else { RECEIVED };
        let sent = if self.wants_room.load(Ordering::Relaxed) { SENT } else { 0 };
        self.ports.write(self.base + INTERRUPTS, received | sent);
    }

    fn status(&self) -> u8 {
        self.ports.read(self.base + STATUS)
    }

    fn receive(&self, input: &mut Ring) {
        // More than a line can deliver meanwhile: a broken device does not keep us for ever.
        for _ in 0..4 * INPUT {
            let status = self.status();
            if status == STATUS_NOBODY {
                return;
            }
            if status & STATUS_OVERRUN != 0 {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            if status & STATUS_RECEIVED == 0 {
                return;
            }
            if input.len == INPUT {
                if !self.full.swap(true, Ordering::Relaxed) {
                    self.choose_interrupts();
                }
                return;
            }
            input.push(self.ports.read(self.base + DATA));
        }
    }

    fn can_send(&self) -> bool {
        self.status() & STATUS_CAN_SEND != 0
    }

    /// Sends what fits into the queue; `patience` says how often the device is asked whether it has room.
    fn send(&self, buffers: &[&[u8]], patience: usize) -> Result<usize> {
        let _turn = self.output.lock();
        let mut sent = 0;
        let mut room = 0;
        for &byte in buffers.iter().copied().flatten() {
            if room == 0 {
                if !(0..patience).any(|_| self.can_send()) {
                    return if sent > 0 { Ok(sent) } else { Err(ErrorKind::WouldBlock) };
                }
                room = QUEUE;
            }
            self.ports.write(self.base + DATA, byte);
            room -= 1;
            sent += 1;
        }
        Ok(sent)
    }
}

impl<P: PortIo> Stream for Serial<P> {
    fn file_type(&self) -> FileType {
        FileType::CharacterDevice
    }

    /// Waits by asking again, unless the line is non-blocking. There is no end.
    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        loop {
            match self.try_read(buffers) {
                Err(ErrorKind::WouldBlock) if !self.nonblocking() => core::hint::spin_loop(),
                result => return result,
            }
        }
    }

    /// A device that has had no room for seconds answers [`ErrorKind::Io`].
    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        if self.nonblocking() {
            return self.try_write(buffers);
        }
        self.send(buffers, PATIENCE).map_err(|_| ErrorKind::Io)
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut input = self.input.lock();
        self.receive(&mut input);
        let mut count = 0;
        for place in buffers.iter_mut().flat_map(|buffer| buffer.iter_mut()) {
            let Some(byte) = input.pop() else { break };
            *place = byte;
            count += 1;
        }
        if count > 0 && self.full.swap(false, Ordering::Relaxed) {
            self.choose_interrupts();
        }
        let nothing = count == 0 && buffers.iter().any(|buffer| !buffer.is_empty());
        if nothing { Err(ErrorKind::WouldBlock) } else { Ok(count) }
    }

    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let result = self.send(buffers, 1);
        if result == Err(ErrorKind::WouldBlock) && self.handle.is_some() {
            self.wants_room.store(true, Ordering::Relaxed);
            self.choose_interrupts();
        }
        result
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        let mut bytes = 0;
        if interest.contains(Interest::READ) {
            let mut input = self.input.lock();
            self.receive(&mut input);
            bytes = input.len as u64;
        }
        let write = interest.contains(Interest::WRITE) && self.can_send();
        Ok(Readiness { ready: bytes > 0 || write, bytes, hangup: false })
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.handle
    }

    fn nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.nonblocking.store(on, Ordering::Relaxed);
        Ok(())
    }
}

/// For a kernel's own messages.
impl<P: PortIo> fmt::Write for &Serial<P> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.send(&[text.as_bytes()], PATIENCE) {
            Ok(sent) if sent == text.len() => Ok(()),
            _ => Err(fmt::Error),
        }
    }
}

impl<P> fmt::Debug for Serial<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serial").field("base", &self.base).field("lost", &self.lost).finish_non_exhaustive()
    }
}

impl Ring {
    /// There is room.
    fn push(&mut self, byte: u8) {
        self.bytes[(self.first + self.len) % INPUT] = byte;
        self.len += 1;
    }

    fn pop(&mut self) -> Option<u8> {
        if self.len == 0 {
            return None;
        }
        let byte = self.bytes[self.first];
        self.first = (self.first + 1) % INPUT;
        self.len -= 1;
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::VecDeque, vec, vec::Vec};
    use core::fmt::Write;

    use super::*;

    /// A UART at 0x3f8, as the data sheet describes it.
    #[derive(Default)]
    struct Chip(Mutex<State>);

    #[derive(Default)]
    struct State {
        format: u8,
        modem: u8,
        interrupts: u8,
        divisor: [u8; 2],
        overrun: bool,
        received: VecDeque<u8>,
        sending: usize,
        sent: Vec<u8>,
        /// How many readings of the status it takes to send what is queued.
        slowness: usize,
        left: usize,
        deaf: bool,
    }

    impl State {
        fn receive(&mut self, byte: u8) {
            if self.received.len() == 16 {
                self.overrun = true;
            } else {
                self.received.push_back(byte);
            }
        }

        fn status(&mut self) -> u8 {
            if self.left > 0 {
                self.left -= 1;
            } else {
                self.sending = 0;
            }
            let received = u8::from(!self.received.is_empty());
            let overrun = u8::from(core::mem::take(&mut self.overrun)) << 1;
            received | overrun | if self.sending == 0 { 0x60 } else { 0 }
        }

        fn send(&mut self, byte: u8) {
            if self.deaf {
                return;
            }
            if self.modem & 0x10 != 0 {
                return self.receive(byte);
            }
            assert!(self.sending < 16, "more than fits the queue");
            self.sending += 1;
            self.left = self.slowness;
            self.sent.push(byte);
        }
    }

    impl PortIo for &Chip {
        fn read(&self, port: u16) -> u8 {
            let mut state = self.0.lock();
            match port {
                0x3f8 => state.received.pop_front().unwrap_or(0),
                0x3fd => state.status(),
                other => panic!("port {other:#x}"),
            }
        }

        fn write(&self, port: u16, value: u8) {
            let mut state = self.0.lock();
            let shows_divisor = state.format & 0x80 != 0;
            match port {
                0x3f8 if shows_divisor => state.divisor[0] = value,
                0x3f9 if shows_divisor => state.divisor[1] = value,
                0x3f8 => state.send(value),
                0x3f9 => state.interrupts = value,
                0x3fa => state.received.clear(),
                0x3fb => state.format = value,
                0x3fc => state.modem = value,
                other => panic!("port {other:#x}"),
            }
        }
    }

    fn open(chip: &Chip) -> Serial<&Chip> {
        Serial::open(chip, 0x3f8, 38_400).unwrap()
    }

    fn arrive(chip: &Chip, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| chip.0.lock().receive(byte));
    }

    #[test]
    fn opening_sets_speed_and_format() {
        let chip = Chip::default();
        arrive(&chip, b"from before");
        let serial = open(&chip);
        let state = chip.0.lock();
        assert_eq!((state.divisor, state.format, state.modem, state.interrupts), ([3, 0], 3, 0x0b, 1));
        assert!(state.sent.is_empty() && state.received.is_empty());
        assert_eq!((serial.file_type(), serial.wait_handle()), (FileType::CharacterDevice, None));
        assert_eq!(serial.with_handle(WaitHandle(4)).wait_handle(), Some(WaitHandle(4)));
    }

    #[test]
    fn what_is_no_uart_or_no_speed_is_refused() {
        let chip = Chip::default();
        for speed in [0, 1, 7, 100_000, 230_400] {
            assert_eq!(Serial::open(&chip, 0x3f8, speed).err(), Some(ErrorKind::InvalidInput));
        }
        chip.0.lock().deaf = true;
        assert_eq!(Serial::open(&chip, 0x3f8, 115_200).err(), Some(ErrorKind::NoDevice));
        struct Nobody;
        impl PortIo for Nobody {
            fn read(&self, _: u16) -> u8 {
                0xff
            }
            fn write(&self, _: u16, _: u8) {}
        }
        assert_eq!(Serial::open(Nobody, 0x3f8, 115_200).err(), Some(ErrorKind::NoDevice));
    }

    #[test]
    fn everything_is_sent_however_slow_the_device() {
        let chip = Chip::default();
        let mut serial = &open(&chip);
        chip.0.lock().slowness = 30;
        let text: Vec<u8> = (0..100).collect();
        assert_eq!(serial.write(&[&text[..33], &[], &text[33..]]), Ok(100));
        write!(serial, "{}!", 42).unwrap();
        assert_eq!(chip.0.lock().sent, [&text[..], b"42!"].concat());
    }

    #[test]
    fn without_waiting_as_much_is_sent_as_fits() {
        let chip = Chip::default();
        let serial = open(&chip);
        chip.0.lock().slowness = 3;
        let writable = || serial.ready(Interest::WRITE).map(|found| found.ready);
        assert_eq!(serial.try_write(&[&[1; 10], &[2; 10]]), Ok(16));
        assert_eq!(writable(), Ok(false));
        serial.set_nonblocking(true).unwrap();
        assert_eq!(serial.write(&[&[3]]), Err(ErrorKind::WouldBlock));
        assert_eq!(writable(), Ok(true));
        assert_eq!(serial.write(&[&[3]]), Ok(1));
        assert_eq!(chip.0.lock().sent.len(), 17);
    }

    #[test]
    fn who_waits_for_room_is_interrupted_once() {
        let chip = Chip::default();
        let interrupts = || chip.0.lock().interrupts;
        for (serial, asked) in [(open(&chip), 1), (open(&chip).with_handle(WaitHandle(1)), 3)] {
            chip.0.lock().slowness = 2;
            assert_eq!((serial.try_write(&[&[1; 20]]), interrupts()), (Ok(16), 1));
            assert_eq!((serial.try_write(&[&[1; 4]]), interrupts()), (Err(ErrorKind::WouldBlock), asked));
            serial.interrupt();
            assert_eq!(interrupts(), 1);
            chip.0.lock().slowness = 0;
        }
    }

    #[test]
    fn received_bytes_fill_all_buffers_in_order() {
        let chip = Chip::default();
        let serial = open(&chip);
        let (mut first, mut second) = ([0; 2], [0; 8]);
        assert_eq!(serial.try_read(&mut [&mut first]), Err(ErrorKind::WouldBlock));
        assert_eq!(serial.ready(Interest::READ), Ok(Readiness::PENDING));
        arrive(&chip, b"hello");
        let ready = Readiness { ready: true, bytes: 5, hangup: false };
        assert_eq!(serial.ready(Interest::READ | Interest::WRITE), Ok(ready));
        assert_eq!(serial.read(&mut [&mut [], &mut first, &mut second]), Ok(5));
        assert_eq!((&first, &second[..3]), (b"he", &b"llo"[..]));
        serial.set_nonblocking(true).unwrap();
        assert_eq!(serial.read(&mut [&mut first]), Err(ErrorKind::WouldBlock));
        assert_eq!(serial.read(&mut [&mut []]), Ok(0));
    }

    #[test]
    fn interrupts_keep_what_comes_between_reads_and_what_finds_no_room_waits_in_the_device() {
        let chip = Chip::default();
        let serial = open(&chip);
        let text: Vec<u8> = (0..INPUT + 16).map(|n| n as u8).collect();
        for part in text.chunks(16) {
            arrive(&chip, part);
            serial.interrupt();
        }
        // The last 16 are in the UART, which does not interrupt any more; one byte more is too much for it.
        assert_eq!((serial.lost(), chip.0.lock().interrupts), (0, 0));
        arrive(&chip, &[9]);
        let mut bytes = vec![0; 2 * INPUT];
        assert_eq!(serial.read(&mut [&mut bytes]), Ok(INPUT));
        assert_eq!(chip.0.lock().interrupts, RECEIVED);
        assert_eq!(serial.read(&mut [&mut bytes[INPUT..]]), Ok(16));
        assert_eq!(bytes[..INPUT + 16], text);
        assert_eq!(serial.lost(), 1);
        // Who reads is interrupted: nothing waits, nothing is lost.
        arrive(&chip, b"x");
        let held = serial.input.lock();
        serial.interrupt();
        drop(held);
        assert_eq!(serial.read(&mut [&mut bytes]), Ok(1));
    }
}
