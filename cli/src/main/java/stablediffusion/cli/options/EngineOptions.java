package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.StableDiffusion;
import stablediffusion.cli.options.EngineOptions.PrecisionChoice;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;

import java.util.Optional;

/** Options of every command that runs networks. */
public final class EngineOptions {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            defaultValue = Engines.AUTO,
            description = "What runs the networks: auto, cpu, a backend of TornadoVM (opencl, ptx, cuda …) or one of its devices "
                    + "(opencl:0); 'sd devices' lists them. auto is TornadoVM's first device if TORNADOVM_HOME is set, else the "
                    + "CPU. Default: ${DEFAULT-VALUE}.")
    private String backend;

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "Precision of activations and products: ${COMPLETION-CANDIDATES}. auto is the fastest that the device computes well. "
                    + "Default: ${DEFAULT-VALUE}.")
    private PrecisionChoice precision;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Number of threads of the CPU engine. Default: one for each processor.")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--no-device-graphs",
            description = "Launch the kernels of every step one by one. Otherwise a GPU of the backends cuda and ptx records them once and replays "
                    + "them as one (a CUDA graph), which spares the host work.")
    private boolean noDeviceGraphs;

    /** Names precisions in lower case, as users type and read them. */
    public enum PrecisionChoice {
        auto,
        f32,
        bf16,
        f16;

        /** Returns the precision; empty if the engine chooses it. */
        Optional<Precision> precision() {
            return switch (this) {
                case auto -> Optional.empty();
                case f32 -> Optional.of(Precision.F32);
                case bf16 -> Optional.of(Precision.BF16);
                case f16 -> Optional.of(Precision.F16);
            };
        }
    }

    /** Returns the backend as the user named it. */
    public String backend() {
        return backend;
    }

    /** Opens the engine, for measurements. */
    public Engine open() {
        return Engines.open(backend, settings(precision, threads).withDeviceGraphs(!noDeviceGraphs));
    }

    /** Opens the engine, for measurements of single kernels: a device graph would hide them. */
    public Engine openForKernels() {
        return Engines.open(backend, settings(precision, threads).withDeviceGraphs(false));
    }

    /** Returns the settings of an engine. */
    public static EngineSettings settings(PrecisionChoice precision, Optional<Integer> threads) {
        EngineSettings settings = EngineSettings.DEFAULT.withTuningFile(ProjectFolder.tuningFile());
        if (threads.isPresent()) {
            settings = settings.withThreads(threads.get());
        }
        return precision.precision().map(settings::withPrecision).orElse(settings);
    }

    /** Adds these options to the settings of the library. */
    public StableDiffusion.Builder apply(StableDiffusion.Builder builder) {
        return apply(builder, backend);
    }

    /** Adds these options to the settings of the library, with one of several backends that were named. */
    public StableDiffusion.Builder apply(StableDiffusion.Builder builder, String one) {
        builder.backend(one).tuningFile(ProjectFolder.tuningFile()).deviceGraphs(!noDeviceGraphs);
        precision.precision().ifPresent(builder::precision);
        threads.ifPresent(builder::threads);
        return builder;
    }
}
