//! The random words of one address, and the uniform numbers that they give.

/// The four random words of one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Block(pub [u32; 4]);

/// A uniform number strictly between 0 and 1: the middle of the `word`-th of 2^32 equal parts.
#[inline]
pub fn unit(word: u32) -> f64 {
    (f64::from(word) + 0.5) * (1.0 / 4_294_967_296.0)
}

impl Block {
    /// Word `i` (0 to 3) as a uniform number strictly between 0 and 1.
    #[inline]
    pub fn unit(self, i: usize) -> f64 {
        unit(self.0[i])
    }

    /// Words `2 * pair` and `2 * pair + 1` (pair 0 or 1) as one finer uniform number strictly between 0 and 1: an odd
    /// multiple of 2^-53, for laws whose far tail matters.
    #[inline]
    pub fn unit53(self, pair: usize) -> f64 {
        let bits = u64::from(self.0[2 * pair]) << 32 | u64::from(self.0[2 * pair + 1]);
        ((bits >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// Whether an event of probability `p` happens, by word `i`. The probability is `p` rounded to a multiple of 2^-32:
    /// never for `p` = 0, always for `p` = 1.
    #[inline]
    pub fn happens(self, i: usize, p: f64) -> bool {
        self.unit(i) < p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_stay_strictly_inside() {
        assert!(unit(0) > 0.0 && unit(u32::MAX) < 1.0);
        let least = Block([0; 4]);
        let most = Block([u32::MAX; 4]);
        assert_eq!(least.unit53(1), 2f64.powi(-53));
        assert_eq!(most.unit53(0), 1.0 - 2f64.powi(-53));
        assert!(!least.happens(0, 0.0) && most.happens(3, 1.0) && !most.happens(0, f64::NAN));
    }
}
