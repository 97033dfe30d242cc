//! The room and its object as a ray caster sees them, before anything has a colour.
//!
//! What a pixel shows is linear in the three hues, so a scene is drawn once for each of the 480
//! combinations of scale, shape and orientation, as the weight that each surface has in each
//! pixel; the hues are put in afterwards. Only `+ - * /` and square roots are used, which IEEE
//! 754 rounds alike everywhere, so an image is the same bit for bit on every machine.

use super::shapes::SIDE;

/// Changes whenever an image changes, so that embeddings drawn before are not taken for new ones.
pub const RENDERER_VERSION: u32 = 1;

/// Rays along each side of a pixel.
const RAYS: usize = 3;
/// Distance and height of the camera, height of the point it looks at, in units of the object.
const CAMERA: (f64, f64, f64) = (6.5, 2.55, 0.98);
/// Tangent of half the angle of view.
const HALF_VIEW: f64 = 0.35;
/// Distance of each wall from the object, and its height.
const WALL: (f64, f64) = (4.2, 3.3);
/// Where light comes from, and how far the lamp reaches sideways (which softens shadows).
const LIGHT: Vec3 = [-0.50, -0.80, 1.2];
const LAMP: f64 = 0.16;
/// The share of light that comes from everywhere.
const AMBIENT: f64 = 0.5;

type Vec3 = [f64; 3];

/// What a ray meets where it misses the object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Surface {
    Floor,
    Wall,
    Sky,
}

/// For each pixel the weights of floor, wall, object and white light, row by row from the top.
pub type Weights = Vec<[f32; 4]>;

/// The solids, in the published order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Solid {
    Cube,
    Cylinder,
    Sphere,
    Capsule,
}

/// Draws the weights of one scene: `scale` in units, `shape` as published (0 to 3), and the angle
/// of the camera about the object in degrees (within 45 of 0).
#[must_use]
pub fn weights(scale: f64, shape: usize, degrees: f64) -> Weights {
    let solid = [Solid::Cube, Solid::Cylinder, Solid::Sphere, Solid::Capsule][shape];
    let (sin, cos) = sin_cos(degrees);
    let eye = [CAMERA.0 * sin, -CAMERA.0 * cos, CAMERA.1];
    let ahead = unit(sub([0.0, 0.0, CAMERA.2], eye));
    let right = unit([ahead[1], -ahead[0], 0.0]);
    let up = cross(right, ahead);

    let mut image = vec![[0.0; 4]; SIDE * SIDE];
    for (at, pixel) in image.iter_mut().enumerate() {
        let mut sum = [0.0; 4];
        for ray in 0..RAYS * RAYS {
            let place = |pixel: usize, part: usize| {
                let fine = (pixel * RAYS + part) as f64 + 0.5;
                (fine / (SIDE * RAYS) as f64 * 2.0 - 1.0) * HALF_VIEW
            };
            let x = place(at % SIDE, ray % RAYS);
            let y = -place(at / SIDE, ray / RAYS);
            let direction = unit(add(ahead, add(scaled(right, x), scaled(up, y))));
            let seen = cast(solid, scale, eye, direction, lamp(ray));
            for (total, part) in sum.iter_mut().zip(seen) {
                *total += part;
            }
        }
        *pixel = sum.map(|total| (total / (RAYS * RAYS) as f64) as f32);
    }
    image
}

/// The direction of light for one of a pixel's rays: each looks at its own part of the lamp.
fn lamp(ray: usize) -> Vec3 {
    let spread = |part: usize| (part as f64 / (RAYS - 1) as f64 * 2.0 - 1.0) * LAMP;
    // The order is turned against the order of the rays, so that the two do not line up.
    let turned = (ray * 5 + 3) % (RAYS * RAYS);
    unit(add(LIGHT, [spread(turned % RAYS), spread(turned / RAYS), 0.0]))
}

/// The light that one ray gathers, as weights of floor, wall, object and white.
fn cast(solid: Solid, scale: f64, eye: Vec3, direction: Vec3, light: Vec3) -> [f64; 4] {
    let mut seen = [0.0; 4];
    let (far, normal, surface) = room(eye, direction);
    if let Some((near, normal)) = solid_hit(solid, scale, eye, direction)
        && near < far
    {
        let lit = dot(normal, light).max(0.0);
        let at = add(eye, scaled(direction, near));
        // The floor takes some of the light from what is close to it.
        let open = 0.06 * (at[2] / (scale * 2.0)).min(1.0);
        seen[2] = (AMBIENT - 0.05 + open + 0.56 * lit).min(1.0);
        let mut shine = dot(normal, unit(sub(light, direction))).max(0.0);
        for _ in 0..5 {
            shine *= shine;
        }
        seen[3] = 0.22 * shine;
        return seen;
    }
    if surface == Surface::Sky {
        seen[3] = 0.86;
        return seen;
    }
    let at = add(eye, scaled(direction, far));
    let mut lit = dot(normal, light).max(0.0);
    if solid_hit(solid, scale, add(at, scaled(normal, 1e-6)), light).is_some() {
        lit *= 0.12;
    }
    let away = dot(at, at);
    let shade = if surface == Surface::Floor {
        // Ambient light that the object takes away where it stands.
        let gap = at[0] * at[0] + at[1] * at[1];
        let open = 1.0 - 0.45 * (scale * scale) / (scale * scale + 1.6 * gap * gap);
        (AMBIENT * open + (1.0 - AMBIENT) * 1.3 * lit) / (1.0 + 0.006 * away)
    } else {
        (AMBIENT + 0.08 + 0.58 * lit) * (0.88 + 0.05 * at[2])
    };
    seen[usize::from(surface == Surface::Wall)] = shade.min(1.0);
    seen
}

/// Where a ray meets the room: distance, normal and surface.
fn room(eye: Vec3, direction: Vec3) -> (f64, Vec3, Surface) {
    let half = 0.5_f64.sqrt();
    let mut best = (f64::MAX, [0.0, 0.0, 1.0], Surface::Sky);
    for side in [-half, half] {
        let outward = [side, half, 0.0];
        let toward = dot(outward, direction);
        if toward > 0.0 {
            let t = (WALL.0 - dot(outward, eye)) / toward;
            if t < best.0 {
                let low = eye[2] + t * direction[2] < WALL.1;
                let surface = if low { Surface::Wall } else { Surface::Sky };
                best = (t, [-side, -half, 0.0], surface);
            }
        }
    }
    if direction[2] < 0.0 {
        let t = -eye[2] / direction[2];
        if t < best.0 {
            best = (t, [0.0, 0.0, 1.0], Surface::Floor);
        }
    }
    best
}

/// Where a ray first meets the solid from outside: distance and outward normal.
fn solid_hit(solid: Solid, scale: f64, eye: Vec3, direction: Vec3) -> Option<(f64, Vec3)> {
    // Half height, and the half width or radius, at scale 1.
    let (height, radius) = match solid {
        Solid::Cube => (0.82, 0.82),
        Solid::Cylinder => (0.92, 0.82),
        Solid::Sphere => (1.0, 1.0),
        Solid::Capsule => (1.22, 0.66),
    };
    let (height, radius) = (height * scale, radius * scale);
    let from = [eye[0], eye[1], eye[2] - height];
    // A sphere about the solid spares most rays the rest.
    let round = if solid == Solid::Cube { 2.0 } else { 1.0 };
    let bound = height * height + round * radius * radius;
    let along = dot(from, direction);
    if dot(from, from) - along * along > bound || (along > 0.0 && dot(from, from) > bound) {
        return None;
    }
    match solid {
        Solid::Cube => cube(from, direction, radius),
        Solid::Cylinder => [tube(from, direction, radius, height), lid(from, direction, radius, height)]
            .into_iter()
            .flatten()
            .reduce(|a, b| if b.0 < a.0 { b } else { a }),
        Solid::Sphere => ball(from, direction, radius),
        Solid::Capsule => {
            let middle = height - radius;
            tube(from, direction, radius, middle).or_else(|| {
                let end = |z: f64| {
                    ball([from[0], from[1], from[2] - z], direction, radius).filter(|(_, normal)| normal[2] * z >= 0.0)
                };
                end(middle).or_else(|| end(-middle))
            })
        }
    }
}

/// A cube of half side `half` about the origin.
fn cube(from: Vec3, direction: Vec3, half: f64) -> Option<(f64, Vec3)> {
    let (mut enter, mut leave, mut face) = (0.0, f64::MAX, None);
    for axis in 0..3 {
        if direction[axis] == 0.0 {
            if from[axis].abs() > half {
                return None;
            }
            continue;
        }
        let sign = if direction[axis] > 0.0 { 1.0 } else { -1.0 };
        let t = (-sign * half - from[axis]) / direction[axis];
        if t > enter {
            let mut normal = [0.0; 3];
            normal[axis] = -sign;
            (enter, face) = (t, Some(normal));
        }
        leave = f64::min(leave, (sign * half - from[axis]) / direction[axis]);
    }
    face.filter(|_| enter < leave).map(|normal| (enter, normal))
}

/// A ball about the origin.
fn ball(from: Vec3, direction: Vec3, radius: f64) -> Option<(f64, Vec3)> {
    let along = dot(from, direction);
    let t = root(along, dot(from, from) - radius * radius, 1.0)?;
    Some((t, scaled(add(from, scaled(direction, t)), 1.0 / radius)))
}

/// The round side of an upright cylinder about the origin, `half` its half height.
fn tube(from: Vec3, direction: Vec3, radius: f64, half: f64) -> Option<(f64, Vec3)> {
    let flat = direction[0] * direction[0] + direction[1] * direction[1];
    if flat == 0.0 {
        return None;
    }
    let along = from[0] * direction[0] + from[1] * direction[1];
    let gap = from[0] * from[0] + from[1] * from[1] - radius * radius;
    let t = root(along, gap, flat)?;
    let at = add(from, scaled(direction, t));
    (at[2].abs() <= half).then(|| (t, [at[0] / radius, at[1] / radius, 0.0]))
}

/// The upper end of an upright cylinder about the origin, seen from above.
fn lid(from: Vec3, direction: Vec3, radius: f64, half: f64) -> Option<(f64, Vec3)> {
    let t = (half - from[2]) / direction[2];
    let at = add(from, scaled(direction, t));
    let inside = at[0] * at[0] + at[1] * at[1] <= radius * radius;
    (direction[2] < 0.0 && t > 0.0 && inside).then_some((t, [0.0, 0.0, 1.0]))
}

/// The smaller root of `a t^2 + 2 b t + c`, where it lies ahead.
fn root(b: f64, c: f64, a: f64) -> Option<f64> {
    let under = b * b - a * c;
    if under < 0.0 {
        return None;
    }
    let t = (-b - under.sqrt()) / a;
    (t > 0.0).then_some(t)
}

/// Sine and cosine of an angle within 45 degrees of 0, by the first terms of their series.
fn sin_cos(degrees: f64) -> (f64, f64) {
    let x = degrees * (std::f64::consts::PI / 180.0);
    let (mut sin, mut cos) = (0.0, 0.0);
    // Horner's rule, from the term of order 19 down to order 0.
    for term in (0..10).rev() {
        let n = f64::from(2 * term);
        sin = 1.0 - sin * (x * x) / ((n + 2.0) * (n + 3.0));
        cos = 1.0 - cos * (x * x) / ((n + 1.0) * (n + 2.0));
    }
    (x * sin, cos)
}

fn dot(a: Vec3, b: Vec3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn add(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn sub(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn scaled(a: Vec3, by: f64) -> Vec3 {
    a.map(|part| part * by)
}

fn unit(a: Vec3) -> Vec3 {
    let length = dot(a, a).sqrt();
    a.map(|part| part / length)
}

fn cross(a: Vec3, b: Vec3) -> Vec3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
