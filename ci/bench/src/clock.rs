//! CPU time of the calling thread, and what is made of many measurements.

use crate::Failure;
use rustix::time::{ClockId, clock_gettime};

/// Milliseconds of CPU time of this thread.
pub(crate) fn cpu_ms() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// A closure's result, and the milliseconds of CPU time that it took.
pub(crate) fn timed<R>(run: impl FnOnce() -> R) -> (R, f64) {
    let begin = cpu_ms();
    let result = run();
    (result, cpu_ms() - begin)
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The geometric mean.
pub(crate) fn mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

pub(crate) fn largest(ratios: &[f64]) -> f64 {
    ratios.iter().copied().fold(f64::NAN, f64::max)
}

/// The medians of several contestants' times in milliseconds: once each to warm up, then `rounds` times in turn.
pub(crate) fn turns<const N: usize>(
    rounds: usize,
    mut contestants: [&mut dyn FnMut() -> Result<(), Failure>; N],
) -> Result<[f64; N], Failure> {
    let mut times = [const { Vec::new() }; N];
    for round in 0..=rounds {
        for (contestant, times) in contestants.iter_mut().zip(&mut times) {
            let (result, ms) = timed(contestant);
            result?;
            if round > 0 {
                times.push(ms);
            }
        }
    }
    Ok(times.map(median))
}

/// Something that can be done again and again.
pub(crate) type Way = Box<dyn FnMut() -> Result<(), Failure>>;

/// Milliseconds that one round of the first way shall take at least.
const ENOUGH: f64 = 5.0;

/// Microseconds of each way, in turns; the first one says how often each is done in a round.
pub(crate) fn micros<const N: usize>(rounds: usize, mut ways: [Way; N]) -> Result<[f64; N], Failure> {
    let [once] = turns(3, [&mut ways[0]])?;
    let count = (ENOUGH / once).clamp(1.0, 20_000.0) as u32;
    let mut many = ways.map(|mut way| move || (0..count).try_for_each(|_| way()));
    let times = turns(rounds, many.each_mut().map(|many| many as &mut dyn FnMut() -> Result<(), Failure>))?;
    Ok(times.map(|ms| ms * 1e3 / f64::from(count)))
}
