//! Where a parameter is in its module.

/// The modules around a parameter, kept by a visitor.
#[derive(Debug, Default)]
pub(crate) struct ModulePath {
    /// Name and type of each.
    around: Vec<(String, String)>,
}

impl ModulePath {
    /// Goes into a field, a variant or an item.
    pub fn enter(&mut self, name: &str, container_type: &str) {
        self.around.push((name.to_owned(), container_type.to_owned()));
    }

    /// Comes out of it.
    pub fn exit(&mut self) {
        self.around.pop();
    }

    /// Names of fields and items, without those of enums' variants and of a layer's cell.
    pub fn names(&self) -> Vec<String> {
        let named = self.around.iter().filter(|(_, of)| !of.starts_with("Enum:") && of != LAYER);
        named.map(|(name, _)| name.clone()).collect()
    }

    /// The type that the parameter is a field of.
    pub fn of(&self) -> &str {
        let of = self.around.iter().rev().find_map(|(_, of)| of.strip_prefix("Struct:"));
        of.unwrap_or_default()
    }

    /// Whether the parameter is of a recurrent layer.
    fn is_in_layer(&self) -> bool {
        self.around.iter().any(|(_, of)| of == LAYER)
    }

    /// What of a model the parameter belongs to: `layer 2 backward`, `attention`, `head`.
    pub fn part(&self) -> String {
        let names = self.names();
        let around = &names[..names.len() - 1];
        if self.is_in_layer() {
            let LayerPlace { index, backward, .. } = LayerPlace::of(around);
            return format!("layer {}{}", index + 1, if backward { " backward" } else { "" });
        }
        let own = around.iter().find(|name| !matches!(name.as_str(), "model" | "encoder"));
        own.cloned().unwrap_or_else(|| names.join("."))
    }
}

/// A recurrent layer, whose one field is its cell.
const LAYER: &str = "Struct:Layer";

/// Which recurrent layer of a model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LayerPlace {
    /// The modules around all such layers.
    pub around: Vec<String>,
    /// From 0, of one direction.
    pub index: usize,
    /// Whether it reads backward.
    pub backward: bool,
}

impl LayerPlace {
    /// Of the cell inside these modules.
    pub fn of(around: &[String]) -> Self {
        let mut around = around.to_vec();
        // What is inside the cell.
        around.pop_if(|last| {
            matches!(
                last.as_str(),
                "cell" | "lstm" | "input_norm" | "recurrent_norm" | "memory_norm"
            )
        });
        let direction = around.pop_if(|last| matches!(last.as_str(), "forward" | "backward"));
        let mut index = 0;
        let is_list = around.len() >= 2 && around[around.len() - 2] == "layers";
        if is_list && let Some(number) = around.last().and_then(|it| it.parse().ok()) {
            index = number;
            around.truncate(around.len() - 2);
        } else {
            around.pop_if(|last| last == "layer");
        }
        Self { around, index, backward: direction.as_deref() == Some("backward") }
    }
}
