package stablediffusion.bench;

import stablediffusion.model.ByteSize;

import java.util.Map;

/** Formats a model report as text. */
public final class TextReport {
    /** Format of a line of the breakdown: name, time, percentage. */
    private static final String ROW = "    %-26s %12s %5s%n";

    private final StringBuilder text = new StringBuilder();

    private TextReport() {}

    /** Formats the report. */
    public static String of(ModelReport report) {
        return new TextReport().write(report);
    }

    private String write(ModelReport report) {
        Environment environment = report.environment();
        line("%s at %dx%d on %s", report.model(), report.width(), report.height(), report.engine().description());
        line("%s, %d threads; %s; commit %s", environment.processor(), environment.threads(), environment.java(), environment.commit());
        line("start-up %s; peak host memory %s", Format.seconds(report.startUpSeconds()),
                report.hostPeakBytes().map(ByteSize::format).orElse("unknown"));
        report.networks().forEach(this::network);
        report.picture().ifPresent(this::picture);
        if (report.noisy()) {
            line("%nThe machine was noisy: the interquartile range of some networks exceeds %s of the median.",
                    Format.percent(Timing.MAX_SPREAD));
        }
        return text.toString().stripTrailing();
    }

    private void network(NetworkMeasurement network) {
        line("%n%s: %s over %d runs, %s GFLOP/s", network.part().label(), Format.timing(network.run()), network.run().runs(),
                Format.digits(network.gigaflops()));
        line("    load %s, compile %s%s; device memory %s for weights, %s for activations",
                Format.seconds(network.loadSeconds()),
                Format.seconds(network.compileSeconds()),
                network.profiled() ? "; compute " + Format.seconds(network.compute().median()) : "",
                ByteSize.format(network.weightBytes()),
                ByteSize.format(network.activationBytes()));
        for (TimeShare share : network.breakdown()) {
            String count = share.operations() == 0 ? "" : share.operations() + " x ";
            row(count + share.kind(), share.seconds(), network.profiledSeconds());
        }
        if (network.profiled()) {
            row("one profiled run", network.profiledSeconds(), network.profiledSeconds());
        }
    }

    private void picture(PictureMeasurement picture) {
        line("%na picture in %d steps: %s", picture.steps(), Format.seconds(picture.seconds()));
        for (Map.Entry<String, Double> phase : picture.phases().entrySet()) {
            row(phase.getKey(), phase.getValue(), picture.seconds());
        }
    }

    private void row(String name, double seconds, double whole) {
        text.append(ROW.formatted(name, Format.seconds(seconds), Format.percent(seconds / whole)));
    }

    private void line(String format, Object... arguments) {
        text.append(format.formatted(arguments)).append(System.lineSeparator());
    }
}
