package stablediffusion.cli.output;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import stablediffusion.GenerationListener;
import stablediffusion.model.Printable;
import stablediffusion.model.pipeline.Phase;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Shows how far an image is: a bar on a terminal, plain lines elsewhere. Of several images the first is followed in lines, and of the others
 * only the bar is shown, because all take the same way.
 */
public final class ProgressDisplay implements GenerationListener, AutoCloseable {
    private static final int LINES_FOR_STEPS = 10;

    private final PrintWriter messages;
    private final boolean terminal;
    private final BooleanSupplier cancelled;
    private final Set<String> noted = new HashSet<>();
    private Optional<ProgressBar> bar = Optional.empty();
    private Instant began = Instant.now();
    private boolean followed;

    public ProgressDisplay(PrintWriter messages, boolean terminal, BooleanSupplier cancelled) {
        this.messages = messages;
        this.terminal = terminal;
        this.cancelled = cancelled;
    }

    /** Returns whether there is a terminal, on which a bar can redraw itself. */
    public static boolean onTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /** Returns a bar as all commands draw it: on one line of the error output, of letters and signs that every terminal has. */
    static ProgressBarBuilder bar(String task, long total) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(System.err));
    }

    @Override
    public void phase(Phase phase) {
        endBar();
        began = Instant.now();
        if (phase != Phase.DENOISE && !followed) {
            messages.println(phase.description() + " …");
            messages.flush();
        }
    }

    @Override
    public void note(String message) {
        if (noted.add(message)) {
            messages.println("note: " + Printable.line(message));
            messages.flush();
        }
    }

    @Override
    public void step(Step ended) {
        int step = ended.number();
        int steps = ended.count();
        double seconds = seconds(Duration.between(began, Instant.now())) / step;
        String speed = String.format(Locale.ROOT, "%.2f s a step", seconds);
        if (terminal) {
            if (bar.isEmpty()) {
                bar = Optional.of(bar(Phase.DENOISE.description(), steps)
                        .startsFrom(0, Duration.between(began, Instant.now()))
                        .build());
            }
            bar.get().setExtraMessage(" " + speed);
            bar.get().stepTo(step);
        } else if (!followed && (step == steps || step * LINES_FOR_STEPS / steps > (step - 1) * LINES_FOR_STEPS / steps)) {
            messages.printf(Locale.ROOT, "step %d of %d, %s, %.0f s left%n", step, steps, speed, seconds * (steps - step));
            messages.flush();
        }
    }

    @Override
    public boolean cancelled() {
        return cancelled.getAsBoolean();
    }

    /** Ends the display of an image; another one may follow. Notes are shown once for all. */
    @Override
    public void close() {
        endBar();
        followed = true;
    }

    private void endBar() {
        bar.ifPresent(ProgressBar::close);
        bar = Optional.empty();
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() * 1e-9;
    }
}
