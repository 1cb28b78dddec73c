//! A process that may have few descriptors. The limit is the process's, hence a test binary with one test.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::sync::Arc;

use ringzero::platform::path::resolve;
use ringzero::platform::{Dir, ErrorKind, Interest, Node, OpenOptions, Scheduler, Stream, Wait, Waited};
use ringzero_platform_std::{HostDir, HostScheduler, pipe};
use rustix::process::{Resource, getrlimit, setrlimit};

const FEW: u64 = 1024;

#[test]
fn a_guest_stays_below_the_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(limit.current.map_or(FEW, |now| now.min(FEW)));
    setrlimit(Resource::Nofile, limit).unwrap();
    waits_on_one_source_are_one();
    walks_leave_descriptors_for_others();
}

fn waits_on_one_source_are_one() {
    let (read, write) = pipe().unwrap();
    let wait = |stream: &dyn Stream, interest| Wait { handle: stream.wait_handle().unwrap(), interest };
    let mut waits = vec![wait(&*read, Interest::READ); 4096];
    let idle = HostScheduler.wait(&waits, Some(1_000_000));
    assert_eq!(idle, Ok(Waited::TimedOut));
    // What is wanted of one handle is wanted together, whoever comes first.
    for interests in [[Interest::READ, Interest::WRITE], [Interest::WRITE, Interest::READ]] {
        let both = interests.map(|interest| wait(&*write, interest));
        assert_eq!(HostScheduler.wait(&both, Some(0)), Ok(Waited::Woken));
    }
    waits.push(wait(&*write, Interest::WRITE));
    assert_eq!(HostScheduler.wait(&waits, None), Ok(Waited::Woken));
}

fn walks_leave_descriptors_for_others() {
    let place = tempfile::tempdir().unwrap();
    let root: Arc<dyn Dir> = HostDir::open(place.path()).unwrap();
    let mut here = root.clone();
    for _ in 0..1100 {
        here.create_dir(b"d").unwrap();
        let Ok(Node::Dir(below)) = here.open(b"d", OpenOptions::default()) else { panic!("not a directory") };
        here = below;
    }
    drop(here);
    assert!(resolve(&root, "d/".repeat(500).as_bytes(), true).is_ok());
    let deep = resolve(&root, "d/".repeat(1100).as_bytes(), true);
    assert_eq!(deep.err(), Some(ErrorKind::NameTooLong));
}
