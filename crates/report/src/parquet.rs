//! A tidy table as Parquet: text as UTF-8, counts as unsigned 64 bits, numbers as doubles, and a
//! null for what is not known. Text is as it is stored, since programs read it.

use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::tidy::{Tidy, Values};

/// The bytes of the file.
///
/// # Errors
/// Those of the crate `parquet`.
pub(crate) fn render(table: &Tidy) -> Result<Vec<u8>, ParquetError> {
    let fields = table.columns.iter().map(|(name, values)| field(name, values));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Type::group_type_builder(table.name).with_fields(fields).build()?);
    let properties = WriterProperties::builder()
        .set_created_by("unroll".into())
        .set_compression(Compression::SNAPPY)
        .build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (_, values) in &table.columns {
        let Some(mut column) = group.next_column()? else { break };
        // 1 where there is a value.
        match values {
            Values::Text(values) => {
                let known =
                    values.iter().flatten().map(|it| ByteArray::from(it.as_bytes().to_vec()));
                let (known, levels) = (known.collect::<Vec<_>>(), levels(values));
                column.typed::<ByteArrayType>().write_batch(&known, Some(&levels), None)?;
            }
            Values::Count(values) => {
                let known: Vec<i64> = values.iter().flatten().map(|&it| it as i64).collect();
                column.typed::<Int64Type>().write_batch(&known, Some(&levels(values)), None)?;
            }
            Values::Number(values) => {
                let known: Vec<f64> = values.iter().flatten().copied().collect();
                column.typed::<DoubleType>().write_batch(&known, Some(&levels(values)), None)?;
            }
        }
        column.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|it| i16::from(it.is_some())).collect()
}

fn field(name: &str, values: &Values) -> Result<TypePtr, ParquetError> {
    let (physical, logical, converted) = match values {
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
        Values::Count(_) => {
            (Physical::INT64, Some(LogicalType::integer(64, false)), ConvertedType::UINT_64)
        }
        Values::Number(_) => (Physical::DOUBLE, None, ConvertedType::NONE),
    };
    let field = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .with_converted_type(converted);
    Ok(Arc::new(field.build()?))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let table = Tidy {
            name: "runs",
            columns: vec![
                ("arm".into(), Values::Text(vec![Some("=cmd() ü\n".into()), None])),
                ("seed".into(), Values::Count(vec![None, Some(u64::MAX)])),
                ("loss".into(), Values::Number(vec![Some(-0.5), Some(1e-300)])),
            ],
        };
        let bytes = render(&table).unwrap();
        assert_eq!(bytes, render(&table).unwrap());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let rows: Vec<String> =
            reader.get_row_iter(None).unwrap().map(|it| it.unwrap().to_string()).collect();
        assert_eq!(
            rows,
            [
                "{arm: \"=cmd() ü\n\", seed: null, loss: -5E-1}",
                "{arm: null, seed: 18446744073709551615, loss: 1E-300}",
            ]
        );
    }
}
