package stablediffusion.cli.output;

import me.tongfei.progressbar.ProgressBar;
import stablediffusion.weights.ConversionProgress;

/**
 * Shows a progress bar for work that is measured in bytes; shows nothing if the error output is not a terminal.
 */
public final class ByteProgress implements ConversionProgress, AutoCloseable {
    private static final long MEGABYTE = 1_000_000;

    private final String task;
    private ProgressBar bar;

    public ByteProgress(String task) {
        this.task = task;
    }

    @Override
    public void start(long total) {
        if (ProgressDisplay.onTerminal()) {
            bar = ProgressDisplay.bar(task, total)
                    .setUnit(" MB", MEGABYTE)
                    .setUpdateIntervalMillis(200)
                    .build();
        }
    }

    @Override
    public void advance(long bytes) {
        if (bar != null) {
            bar.stepBy(bytes);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
