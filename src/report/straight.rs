//! Lines with no more points than the eye needs, for pages that would weigh too much.

use super::scene::{Op, Scene};

/// How far a point may lie from the line that stands for it, in pixels of the drawing.
const OFF: f64 = 0.3;

/// The picture without the points of its lines and areas that nobody can see.
pub fn straightened(mut scene: Scene) -> Scene {
    for op in &mut scene.ops {
        match op {
            Op::Line { points, .. } => *points = simplified(points),
            Op::Area { points, .. } if points.len() > 4 => {
                // The outline is taken apart where it turns back, since its ends lie side by side.
                let turn = points.len() / 2;
                let mut outline = simplified(&points[..turn]);
                outline.extend(simplified(&points[turn..]));
                *points = outline;
            }
            _ => {}
        }
    }
    scene
}

/// A line with no more points than it needs (Douglas and Peucker 1973).
fn simplified(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; points.len()];
    (keep[0], keep[last]) = (true, true);
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let ((ax, ay), (bx, by)) = (points[from], points[to]);
        let (dx, dy) = (bx - ax, by - ay);
        let length = (dx * dx + dy * dy).sqrt();
        let away = |&(x, y): &(f64, f64)| {
            if length > 0.0 {
                ((x - ax) * dy - (y - ay) * dx).abs() / length
            } else {
                ((x - ax).powi(2) + (y - ay).powi(2)).sqrt()
            }
        };
        let farthest = (from + 1..to).max_by(|&a, &b| away(&points[a]).total_cmp(&away(&points[b])));
        if let Some(at) = farthest.filter(|&at| away(&points[at]) > OFF) {
            keep[at] = true;
            spans.extend([(from, at), (at, to)]);
        }
    }
    points.iter().zip(keep).filter_map(|(point, keep)| keep.then_some(*point)).collect()
}
