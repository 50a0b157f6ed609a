package stablediffusion.model.engine;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Holds what a caller can choose when an engine is opened. An engine reads no environment variable and no file that is not named here.
 *
 * @param precision of activations and products; empty: the fastest that the device computes well
 * @param threads of an engine that computes on the CPU, 1 to 1024; empty: one for each processor of the JVM. Other engines ignore it.
 * @param deviceGraphs whether a device that can record the launches of a run and replay them as one (CUDA graphs) does so; it saves the
 *     host's work at each launch, but single operations are not measured. Other devices ignore it.
 * @param tuningFile block sizes that tuning found, by device; empty, or a file that does not exist: the default block sizes
 */
public record EngineSettings(Optional<Precision> precision, OptionalInt threads, boolean deviceGraphs, Optional<Path> tuningFile) {

    /** Leaves every choice to the engine. */
    public static final EngineSettings DEFAULT = new EngineSettings(Optional.empty(), OptionalInt.empty(), true, Optional.empty());

    /** More than machines have; far more could not be started. */
    private static final int MAX_THREADS = 1024;

    public EngineSettings {
        if (threads.isPresent() && (threads.getAsInt() < 1 || threads.getAsInt() > MAX_THREADS)) {
            throw new InvalidRequestException("the number of threads is " + threads.getAsInt() + "; it must be from 1 to " + MAX_THREADS);
        }
    }

    /** Returns the number of threads of an engine that computes on the CPU. */
    public int threadsOnCpu() {
        return threads.orElse(Runtime.getRuntime().availableProcessors());
    }

    /** Returns a number of threads in words, for people. */
    public static String inWords(int threads) {
        return threads == 1 ? "1 thread" : threads + " threads";
    }

    /** Returns these settings with another precision. */
    public EngineSettings withPrecision(Precision precision) {
        return new EngineSettings(Optional.of(precision), threads, deviceGraphs, tuningFile);
    }

    /** Returns these settings with another number of threads. */
    public EngineSettings withThreads(int threads) {
        return new EngineSettings(precision, OptionalInt.of(threads), deviceGraphs, tuningFile);
    }

    /** Returns these settings with another file of block sizes. */
    public EngineSettings withTuningFile(Path tuningFile) {
        return new EngineSettings(precision, threads, deviceGraphs, Optional.of(tuningFile));
    }

    /** Returns these settings with the launches of a run recorded and replayed as one, or not. */
    public EngineSettings withDeviceGraphs(boolean deviceGraphs) {
        return new EngineSettings(precision, threads, deviceGraphs, tuningFile);
    }
}
