//! Walks over a keyboard: keys that lie side by side, however many, are as easy to guess as the first of them.

/// The rows of a keyboard, with and without Shift, and how far each is shifted to the right: in quarters of a key.
const ROWS: [(&str, &str, i32); 4] = [
    ("`1234567890-=", "~!@#$%^&*()_+", 0),
    ("qwertyuiop[]\\", "QWERTYUIOP{}|", 6),
    ("asdfghjkl;'", "ASDFGHJKL:\"", 7),
    ("zxcvbnm,./", "ZXCVBNM<>?", 9),
];

/// How many keys in a row are a walk: shorter ones are in many words.
const SHORTEST_WALK: usize = 4;

/// A text with each walk cut to its first key, until none is left.
pub fn without_walks(text: &str) -> String {
    let mut keys: Vec<char> = text.chars().collect();
    loop {
        let walks = keys.chunk_by(|a, b| are_neighbours(*a, *b));
        let cut: Vec<char> = walks
            .flat_map(|walk| {
                if walk.len() < SHORTEST_WALK {
                    walk
                } else {
                    walk.get(..1).unwrap_or(walk)
                }
            })
            .copied()
            .collect();
        if cut.len() == keys.len() {
            return cut.into_iter().collect();
        }
        keys = cut;
    }
}

/// Whether two keys are the same, touch each other, or follow each other in the alphabet.
fn are_neighbours(a: char, b: char) -> bool {
    let follow = a.is_alphanumeric() && b.is_alphanumeric() && u32::from(a).abs_diff(u32::from(b)) <= 1;
    let touch = place(a).zip(place(b)).is_some_and(|((row, x), (other_row, other_x))| {
        let reach = if row == other_row { 4 } else { 3 };
        row.abs_diff(other_row) <= 1 && (x - other_x).abs() <= reach
    });
    a == b || follow || touch
}

/// The row of a key, and how far from the left it is, in quarters of a key.
fn place(key: char) -> Option<(usize, i32)> {
    ROWS.iter().enumerate().find_map(|(row, (plain, shifted, offset))| {
        let column = plain.chars().position(|c| c == key);
        let column = column.or_else(|| shifted.chars().position(|c| c == key))?;
        Some((row, offset + 4 * i32::try_from(column).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn walks_are_cut_to_their_first_key() {
        for (text, cut) in [
            ("qwertyuiop[]", "q"),
            ("1qaz2wsx3edc4rfv5tgb", "1"),
            ("zaq12wsxcde3", "z"),
            ("QwErTyUi", "Q"),
            ("aaaaaaaa", "a"),
            ("abcdefghij", "a"),
            ("nine green kettles sing", "nine green kettles sing"),
            ("Zv9 kQ!x 7rT#", "Zv9 kQ!x 7rT#"),
            ("", ""),
        ] {
            assert_eq!(without_walks(text), cut, "{text}");
        }
    }

    proptest! {
        /// However long somebody walks, from wherever to wherever.
        #[test]
        fn a_walk_of_any_length_is_one_key(start in 0..47_usize, steps in proptest::collection::vec(any::<usize>(), 10..256)) {
            let keys: Vec<char> = ROWS.iter().flat_map(|(plain, ..)| plain.chars()).collect();
            let mut walk = vec![keys[start]];
            for step in steps {
                let last = walk[walk.len() - 1];
                let next: Vec<char> = keys.iter().copied().filter(|key| are_neighbours(last, *key)).collect();
                walk.push(next[step % next.len()]);
            }
            prop_assert_eq!(without_walks(&walk.iter().collect::<String>()).chars().count(), 1);
        }
    }
}
