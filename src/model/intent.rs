//! Log-odds to probabilities, in integers.

/// The logistic function at 0, 1/4, 2/4 … 8, in hundred-thousandths.
const LOGISTIC: [u32; 33] = [
    50000, 56218, 62246, 67918, 73106, 77730, 81757, 85195, 88080, 90465, 92414, 93991, 95257, 96267, 97069, 97702,
    98201, 98593, 98901, 99142, 99331, 99478, 99593, 99683, 99753, 99807, 99850, 99883, 99909, 99929, 99945, 99957,
    99966,
];

/// The probability for log-odds in thousandths, interpolated linearly between table points. Integers give the same
/// result on every host. The error is at most 1.5 thousandths.
pub fn permille(milli_logits: i32) -> u32 {
    let size = milli_logits.unsigned_abs().min(7999);
    let (at, rest) = ((size / 250) as usize, size % 250);
    let above = LOGISTIC[at] + (LOGISTIC[at + 1] - LOGISTIC[at]) * rest / 250;
    let share = if milli_logits < 0 { 100_000 - above } else { above };
    (share + 50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_logistic_function() {
        for milli in (-9000..=9000).step_by(37) {
            let exact = 1000.0 / (1.0 + (-f64::from(milli) / 1000.0).exp());
            assert!((f64::from(permille(milli)) - exact).abs() <= 1.5, "{milli}: {} {exact}", permille(milli));
        }
    }
}
