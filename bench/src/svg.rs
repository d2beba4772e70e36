//! The figures as bars, in SVG: `speed.svg` has ratios with their aims, `waits.svg` latencies with their floors.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::case::{Aim, Kind};
use crate::report;
use crate::run::Row;

/// Sizes are in pixels.
const BAR_STEP: u32 = 22;
const BAR_HEIGHT: u32 = 14;
const LABEL_WIDTH: u32 = 270;
const BARS_WIDTH: u32 = 400;
const VALUE_WIDTH: u32 = 130;
const TITLE_HEIGHT: u32 = 30;

/// One bar, with a line across it at what it is compared with.
#[derive(Debug)]
struct Bar {
    label: String,
    value: f64,
    text: String,
    mark: Option<f64>,
    missed: bool,
}

/// Draws the pictures into `directory`, which is made if it is not there. A picture without bars is left out.
pub(crate) fn draw(directory: &Path, rows: &[Row]) -> Result {
    fs::create_dir_all(directory)?;
    let speed = rows.iter().filter(|row| row.kind == Kind::Rate).filter_map(|row| {
        let ratio = row.ratio?.median;
        let mark = if let Aim::AtLeast(least) = row.aim { Some(least) } else { None };
        let text = format!("{ratio:.2}, {:.0} k/s", row.nuncio.median / 1e3);
        Some(Bar { label: label(row), value: ratio, text, mark, missed: row.missed() })
    });
    write(&directory.join("speed.svg"), "nuncio : bare system calls (line: aim)", speed.collect())?;
    let waits = rows.iter().filter(|row| row.kind == Kind::Latency).map(|row| {
        let microseconds = row.nuncio.median;
        let mark = row.floor.map(|floor| floor.median);
        Bar { label: label(row), value: microseconds, text: format!("{microseconds:.1} us"), mark, missed: false }
    });
    write(&directory.join("waits.svg"), "microseconds (line: bare system calls)", waits.collect())
}

fn label(row: &Row) -> String {
    format!("{}, {}", report::name(row), row.placement.name())
}

fn write(path: &Path, title: &str, bars: Vec<Bar>) -> Result {
    if bars.is_empty() {
        return Ok(());
    }
    Ok(fs::write(path, picture(title, &bars)?)?)
}

/// The labels are names of cases, which need no escaping.
fn picture(title: &str, bars: &[Bar]) -> Result<String> {
    let longest = bars.iter().flat_map(|bar| [Some(bar.value), bar.mark]).flatten().fold(0.0, f64::max);
    let width = |value: f64| value / longest * f64::from(BARS_WIDTH);
    let height = TITLE_HEIGHT + BAR_STEP * u32::try_from(bars.len())?;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LABEL_WIDTH}\" y=\"18\" font-weight=\"bold\">{title}</text>\n",
        LABEL_WIDTH + BARS_WIDTH + VALUE_WIDTH
    );
    let mut top = TITLE_HEIGHT;
    for bar in bars {
        let (text_y, length) = (top + BAR_HEIGHT - 3, width(bar.value));
        let colour = if bar.missed { "#c0504d" } else { "#4f81bd" };
        writeln!(svg, "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{}</text>", LABEL_WIDTH - 8, bar.label)?;
        writeln!(
            svg,
            "<rect x=\"{LABEL_WIDTH}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR_HEIGHT}\" fill=\"{colour}\"/>"
        )?;
        let mark = bar.mark.map(width);
        if let Some(mark) = mark {
            let (x, y) = (f64::from(LABEL_WIDTH) + mark, top - 2);
            writeln!(svg, "<rect x=\"{x:.1}\" y=\"{y}\" width=\"2\" height=\"{}\" fill=\"black\"/>", BAR_HEIGHT + 4)?;
        }
        let text_x = f64::from(LABEL_WIDTH) + length.max(mark.unwrap_or(0.0)) + 8.0;
        writeln!(svg, "<text x=\"{text_x:.1}\" y=\"{text_y}\">{}</text>", bar.text)?;
        top += BAR_STEP;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share_of_the_longest_and_marks_stand_on_the_same_scale() {
        let bar = |value, mark| Bar { label: "case".into(), value, text: "text".into(), mark, missed: false };
        let svg = picture("title", &[bar(0.5, None), bar(0.25, Some(1.0))]).unwrap();
        assert!(svg.contains("width=\"200.0\"") && svg.contains("width=\"100.0\""), "{svg}");
        assert!(svg.contains("<rect x=\"670.0\" y=\"50\" width=\"2\""), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 4);
    }
}
