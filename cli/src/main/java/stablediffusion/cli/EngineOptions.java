package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Precision;

/** Options of every command that runs networks. */
final class EngineOptions {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            defaultValue = Engines.AUTO,
            description = "What runs the networks: auto, cpu, a backend of TornadoVM (opencl, ptx, cuda …) or one of its devices "
                    + "(opencl:0); 'sd devices' lists them. auto takes TornadoVM's first device where TORNADOVM_HOME is set, else the "
                    + "CPU. Default: ${DEFAULT-VALUE}.")
    private String backend;

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "How activations are held: ${COMPLETION-CANDIDATES}. auto is the fastest that the device does well. "
                    + "Default: ${DEFAULT-VALUE}.")
    private PrecisionChoice precision;

    /** In lower case, as users type and read them. */
    enum PrecisionChoice {
        auto,
        f32,
        bf16,
        f16;

        EngineSettings settings() {
            EngineSettings standard = EngineSettings.DEFAULT.withTuningFile(TuningFile.standard().path());
            return switch (this) {
                case auto -> standard;
                case f32 -> standard.withPrecision(Precision.F32);
                case bf16 -> standard.withPrecision(Precision.BF16);
                case f16 -> standard.withPrecision(Precision.F16);
            };
        }
    }

    /** As it was asked for. */
    String backend() {
        return backend;
    }

    Engine open() {
        return Engines.open(backend, precision.settings());
    }
}
