package stablediffusion.spark.engine;

import stablediffusion.StableDiffusion;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Says what executors load, and how. Travels with tasks, so it holds plain values.
 *
 * @param model folder of the converted model; an executor gets it from a {@link ModelFolder}
 * @param backend as for {@link StableDiffusion.Builder#backend}; a GPU that Spark gives to a task adds its number
 * @param precision {@code auto}, {@code f32}, {@code bf16} or {@code f16}
 * @param threads of the CPU engine in each executor; 0: one for each processor
 * @param loraFolder folder of LoRAs, which every executor sees under this name; empty: none
 * @param embeddingFolder the same for embeddings
 */
public record ModelSettings(
        String model, String backend, String precision, int threads, String loraFolder, String embeddingFolder)
        implements Serializable {

    /** Leaves the choice to the engine. */
    public static final String AUTO = "auto";

    /**
     * Checks what can be checked without a device.
     *
     * @throws InvalidRequestException if there is no such precision
     */
    public ModelSettings {
        if (!precision.equals(AUTO)) {
            precision(precision);
        }
    }

    private static Precision precision(String name) {
        try {
            return Precision.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new InvalidRequestException("there is no precision '" + name + "': take auto, f32, bf16 or f16", unknown);
        }
    }

    /** Returns the same settings with another value of {@code model}. */
    public ModelSettings withModel(String other) {
        return new ModelSettings(other, backend, precision, threads, loraFolder, embeddingFolder);
    }

    /** Returns the same settings with another value of {@code backend}. */
    public ModelSettings withBackend(String other) {
        return new ModelSettings(model, other, precision, threads, loraFolder, embeddingFolder);
    }

    /** Returns the same settings with another value of {@code precision}. */
    public ModelSettings withPrecision(String other) {
        return new ModelSettings(model, backend, other, threads, loraFolder, embeddingFolder);
    }

    /** Returns the same settings with another value of {@code threads}. */
    public ModelSettings withThreads(int other) {
        return new ModelSettings(model, backend, precision, other, loraFolder, embeddingFolder);
    }

    /** Returns the same settings with another value of {@code loraFolder}. */
    public ModelSettings withLoraFolder(String other) {
        return new ModelSettings(model, backend, precision, threads, other, embeddingFolder);
    }

    /** Returns the same settings with another value of {@code embeddingFolder}. */
    public ModelSettings withEmbeddingFolder(String other) {
        return new ModelSettings(model, backend, precision, threads, loraFolder, other);
    }

    /** Opens the model and the device in this process. */
    StableDiffusion open() {
        Path folder = Path.of(model);
        StableDiffusion.Builder builder = StableDiffusion.builder(folder).backend(backend);
        if (!precision.equals(AUTO)) {
            builder.precision(precision(precision));
        }
        if (threads > 0) {
            builder.threads(threads);
        }
        if (!loraFolder.isEmpty()) {
            builder.loraFolder(Path.of(loraFolder));
        }
        if (!embeddingFolder.isEmpty()) {
            builder.embeddingFolder(Path.of(embeddingFolder));
        }
        return builder.load();
    }
}
