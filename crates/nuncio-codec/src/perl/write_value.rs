//! From a [`Value`] to one of Perl's formats, without serde in between.

use super::serialize::{Content, Sink, sort};
use crate::Value;
use crate::error::Refusal;

impl Content for Value {
    #[inline]
    fn write<K: Sink>(&self, mut sink: K) -> Result<(), Refusal> {
        write(self, &mut sink)
    }

    fn sorted(&self) -> Result<Value, Refusal> {
        let mut value = self.clone();
        sort(&mut value);
        Ok(value)
    }
}

#[inline(always)]
fn write<K: Sink>(value: &Value, sink: &mut K) -> Result<(), Refusal> {
    match value {
        Value::Null => sink.undef(),
        Value::Bool(value) => sink.truth(*value),
        Value::Int(value) => sink.int(*value),
        Value::UInt(value) => sink.uint(*value),
        Value::Float(value) => sink.float(*value),
        Value::Text(text) => return sink.text(text),
        Value::Bytes(bytes) => return sink.bytes(bytes),
        Value::Array(_) | Value::Map(_) | Value::Object(_) => return write_nested(value, sink),
    }
    Ok(())
}

fn write_nested<K: Sink>(value: &Value, sink: &mut K) -> Result<(), Refusal> {
    match value {
        Value::Array(elements) => {
            let mut array = sink.begin_array(Some(elements.len()))?;
            for element in sink.texts(&mut array, elements) {
                sink.begin_element(&mut array);
                write(element, sink)?;
            }
            sink.end_array(array)
        }
        Value::Map(entries) => {
            let mut hash = sink.begin_hash(Some(entries.len()))?;
            for (key, value) in entries {
                sink.begin_entry(&mut hash, key)?;
                write(value, sink)?;
                sink.end_entry(&mut hash, key)?;
            }
            sink.end_hash(hash)
        }
        Value::Object(object) => {
            sink.begin_object(&object.class)?;
            match &object.value {
                nested @ (Value::Array(_) | Value::Map(_) | Value::Object(_)) => write_nested(nested, sink)?,
                scalar => {
                    sink.begin_reference();
                    write(scalar, sink)?;
                    sink.end_reference();
                }
            }
            sink.end_object(&object.class)
        }
        scalar => write(scalar, sink),
    }
}
