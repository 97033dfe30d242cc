//! Models that are to be measured and are not on this machine.

use super::{Cell, Plan};
use std::path::Path;

impl Cell {
    /// The folder of its model, where that is to be measured and is not there.
    #[must_use]
    pub fn absent(&self) -> Option<&Path> {
        let known = self.training.model.pretrained.as_ref()?;
        (!known.is_here()).then_some(known.path.as_path())
    }
}

impl Plan {
    /// The folders of models that are not there, each once, in the order of the cells.
    #[must_use]
    pub fn absent(&self) -> Vec<&Path> {
        let mut folders: Vec<&Path> = Vec::new();
        for folder in self.cells.iter().filter_map(Cell::absent) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }

    /// The same plan without the cells whose models are not there; it says that they are left out.
    #[must_use]
    pub fn without_absent(mut self) -> Self {
        self.not_here = self.absent().into_iter().map(|folder| folder.display().to_string()).collect();
        self.cells.retain(|cell| cell.absent().is_none());
        self
    }
}
