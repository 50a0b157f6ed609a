package stablediffusion;

import stablediffusion.model.pipeline.Phase;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Measures how long each phase takes. */
final class PhaseTimer {
    private final Map<Phase, Duration> durations = new EnumMap<>(Phase.class);
    private Optional<Phase> current = Optional.empty();
    private long began;

    void begin(Phase phase) {
        end();
        current = Optional.of(phase);
        began = System.nanoTime();
    }

    void end() {
        current.ifPresent(phase -> durations.merge(phase, Duration.ofNanos(System.nanoTime() - began), Duration::plus));
        current = Optional.empty();
    }

    Map<Phase, Duration> durations() {
        return durations;
    }

    /** Forgets how long the decoding took, which the next image of a batch does for itself. */
    void nextImage() {
        durations.remove(Phase.DECODE_IMAGE);
    }
}
