//! Memory streams, as an embedder uses them.

use std::sync::Arc;

use ringzero::platform::{ErrorKind, FileType, Interest, Stream};
use ringzero_platform_baremetal::{Buffer, Pipe, Reader};

#[test]
fn a_reader_gives_its_bytes_once() {
    let reader = Reader::new(b"abcdef");
    let (mut a, mut b, mut c) = ([0; 2], [0; 0], [0; 3]);
    assert_eq!(reader.read(&mut [&mut a, &mut b, &mut c]), Ok(5));
    assert_eq!((&a, &c), (b"ab", b"cde"));
    assert_eq!(reader.ready(Interest::READ).map(|r| (r.bytes, r.hangup)), Ok((1, false)));
    assert_eq!(reader.read(&mut [&mut a]), Ok(1));
    assert_eq!(reader.read(&mut [&mut a]), Ok(0));
    assert_eq!(reader.write(&[b"x"]), Err(ErrorKind::BadDescriptor));
    assert_eq!(Reader::new(Vec::new()).read(&mut [&mut a]), Ok(0));
}

#[test]
fn a_buffer_takes_what_fits() {
    let buffer = Buffer::new(5);
    assert_eq!(buffer.write(&[b"abc", b"", b"def"]), Ok(5));
    assert_eq!(buffer.write(&[b"x"]), Err(ErrorKind::NoSpace));
    assert_eq!(buffer.write(&[b""]), Ok(0));
    assert_eq!(buffer.with(<[u8]>::len), 5);
    assert_eq!(buffer.take(), b"abcde");
    assert_eq!(buffer.write(&[b"x"]), Ok(1));
}

#[test]
fn a_pipe_is_a_bounded_queue() {
    let pipe: Arc<Pipe> = Pipe::new(4).unwrap();
    let mut buffer = [0; 8];
    assert!(pipe.nonblocking());
    assert_eq!(pipe.file_type(), FileType::Fifo);
    assert_eq!(pipe.read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert_eq!(pipe.read(&mut [&mut []]), Ok(0));
    assert_eq!(pipe.write(&[b"abc", b"def"]), Ok(4));
    assert_eq!(pipe.write(&[b"x"]), Err(ErrorKind::WouldBlock));
    assert!(!pipe.ready(Interest::WRITE).unwrap().ready);
    assert_eq!(pipe.ready(Interest::READ).unwrap().bytes, 4);
    assert_eq!(pipe.read(&mut [&mut buffer[..3]]), Ok(3));
    pipe.close_writer();
    assert_eq!(pipe.read(&mut [&mut buffer]), Ok(1));
    assert_eq!(pipe.read(&mut [&mut buffer]), Ok(0));
    assert!(pipe.ready(Interest::READ).unwrap().hangup);
    pipe.close_reader();
    assert_eq!(pipe.write(&[b"x"]), Err(ErrorKind::BrokenPipe));
    assert_eq!(Pipe::new(0).err(), Some(ErrorKind::InvalidInput));
    assert_eq!(Pipe::new(usize::MAX).err(), Some(ErrorKind::OutOfMemory));
}
