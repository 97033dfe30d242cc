//! Compiles the kernels for the processor: the same source that a card's compiler makes PTX of.

fn main() {
    let kernels = "src/engine/card/kernels";
    println!("cargo::rerun-if-changed={kernels}");
    cc::Build::new()
        .file(format!("{kernels}/host.c"))
        // Numbers are what the source says: no fused operations that one machine has and another lacks.
        .flag_if_supported("-ffp-contract=off")
        .flag_if_supported("-Wno-unused-function")
        .flag_if_supported("-Wno-unused-parameter")
        .opt_level(2)
        .compile("icl_kernels");
}
