//! A stand-in for InTouch that behaves and misbehaves on demand
