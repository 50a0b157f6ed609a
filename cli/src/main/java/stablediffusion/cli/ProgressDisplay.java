package stablediffusion.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.pipeline.Phase;
import stablediffusion.model.pipeline.Progress;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Shows a run of the pipeline: a bar on a terminal, plain lines elsewhere; and keeps how long each phase took.
 */
final class ProgressDisplay implements Progress, AutoCloseable {
    private static final int LINES_FOR_STEPS = 10;

    private final PrintWriter messages;
    private final boolean terminal;
    private final BooleanSupplier cancelled;
    private final Map<Phase, Duration> times = new EnumMap<>(Phase.class);
    private Optional<Phase> current = Optional.empty();
    private Optional<ProgressBar> bar = Optional.empty();
    private Instant began = Instant.now();

    ProgressDisplay(PrintWriter messages, boolean terminal, BooleanSupplier cancelled) {
        this.messages = messages;
        this.terminal = terminal;
        this.cancelled = cancelled;
    }

    /** Whether a bar that redraws itself makes sense. */
    static boolean onTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    @Override
    public void phase(Phase phase) {
        endPhase();
        current = Optional.of(phase);
        began = Instant.now();
        if (phase != Phase.DENOISE) {
            messages.println(phase.description() + " …");
            messages.flush();
        }
    }

    @Override
    public void note(String message) {
        messages.println(message);
        messages.flush();
    }

    @Override
    public void step(int step, int steps, Tensor denoised) {
        double seconds = seconds(Duration.between(began, Instant.now())) / step;
        String speed = String.format(Locale.ROOT, "%.2f s a step", seconds);
        if (terminal) {
            if (bar.isEmpty()) {
                bar = Optional.of(new ProgressBarBuilder()
                        .setTaskName(Phase.DENOISE.description())
                        .setInitialMax(steps)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setConsumer(new ConsoleProgressBarConsumer(System.err))
                        .startsFrom(0, Duration.between(began, Instant.now()))
                        .build());
            }
            bar.get().setExtraMessage(" " + speed);
            bar.get().stepTo(step);
        } else if (step == steps || step * LINES_FOR_STEPS / steps > (step - 1) * LINES_FOR_STEPS / steps) {
            messages.printf(Locale.ROOT, "step %d of %d, %s, %.0f s left%n", step, steps, speed, seconds * (steps - step));
            messages.flush();
        }
    }

    @Override
    public boolean cancelled() {
        return cancelled.getAsBoolean();
    }

    /** Time spent in each phase so far, in their order. */
    Map<Phase, Duration> times() {
        return Collections.unmodifiableMap(new EnumMap<>(times));
    }

    @Override
    public void close() {
        endPhase();
    }

    private void endPhase() {
        current.ifPresent(phase -> times.merge(phase, Duration.between(began, Instant.now()), Duration::plus));
        current = Optional.empty();
        bar.ifPresent(ProgressBar::close);
        bar = Optional.empty();
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() * 1e-9;
    }
}
