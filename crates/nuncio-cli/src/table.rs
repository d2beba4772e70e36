//! Tables for people.

/// Rows as lines whose columns stand below each other: the first column to the left, the others to the right but for the
/// last, which is as long as it likes. The first row is the heading.
pub(crate) fn format(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    let widths: Vec<usize> = (0..columns).filter_map(widest).collect();
    let lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    lines.join("\n")
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, widest)) in row.iter().zip(widths).enumerate() {
        let padding = " ".repeat(widest - width(cell));
        match column {
            0 => line.extend([cell.as_str(), &padding]),
            _ if column + 1 == widths.len() => line.extend(["  ", cell.as_str()]),
            _ => line.extend(["  ", &padding, cell.as_str()]),
        }
    }
    line
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["NAME", "BYTES", "SEEN"], ["jöbs", "1000000", "now"], ["a", "1", "-"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(format(&rows), "NAME    BYTES  SEEN\njöbs  1000000  now\na           1  -");
    }
}
