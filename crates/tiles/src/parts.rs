//! Counts cut into parts that are almost alike.

/// Cuts `rows` into tiles of at most `tile` rows that differ by at most one: the first row
/// and the number of rows of each; none of no rows.
#[inline]
pub fn tiles(rows: usize, tile: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let count = rows.div_ceil(tile);
    let (size, larger) = (rows / count.max(1), rows % count.max(1));
    let mut next = 0;
    (0..count).map(move |index| {
        let (first, size) = (next, size + usize::from(index < larger));
        next = first + size;
        (first, size)
    })
}
