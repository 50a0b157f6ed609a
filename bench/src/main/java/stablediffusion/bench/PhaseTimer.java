package stablediffusion.bench;

import stablediffusion.model.pipeline.Phase;
import stablediffusion.model.pipeline.PipelineListener;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Measures the time of each phase of a pipeline run. */
final class PhaseTimer implements PipelineListener {
    private static final double NANOSECONDS = 1e-9;

    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final long start = System.nanoTime();
    private Optional<Phase> current = Optional.empty();
    private long since = start;

    @Override
    public void phase(Phase phase) {
        endPhase();
        current = Optional.of(phase);
    }

    /** Ends the last phase and returns the times. */
    PictureMeasurement measurement(PictureRequest request) {
        endPhase();
        double whole = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
        return new PictureMeasurement(request.prompt(), request.seed(), request.steps(), whole, seconds);
    }

    private void endPhase() {
        long now = System.nanoTime();
        String name = current.map(Phase::description).orElse("preparing");
        seconds.merge(name, (now - since) * NANOSECONDS, Double::sum);
        since = now;
    }
}
