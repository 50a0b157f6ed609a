package stablediffusion.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Formats a kernel report as a text table or as comma-separated values. */
public final class KernelTable {
    private static final String ROW = "%-20s %-44s %5s %11s %6s %9s %9s %9s%n";

    private KernelTable() {}

    /** Formats the report as a text table. */
    public static String text(KernelReport report) {
        StringBuilder text = new StringBuilder();
        Roofline roofline = report.roofline();
        text.append("%s at %dx%d on %s%n".formatted(report.model(), report.width(), report.height(), report.engine().description()));
        text.append("measured peak: %s GFLOP/s (%s), %s GB/s (%s)%n%n".formatted(
                Format.digits(roofline.gigaflops()), roofline.gemm(), Format.digits(roofline.gigabytesPerSecond()), roofline.copy()));
        text.append(ROW.formatted("operation", "shape", "count", "median", "±", "GFLOP/s", "GB/s", "roofline"));
        for (KernelMeasurement kernel : report.kernels()) {
            text.append(kernel.failure()
                    .map(why -> "%-20s %-44s %5d failed: %s%n".formatted(kernel.kind().label(), kernel.shape(), kernel.count(), why))
                    .orElseGet(() -> row(kernel)));
        }
        double total = report.kernels().stream().mapToDouble(kernel -> kernel.count() * kernel.timing().median()).sum();
        text.append("%ntotal time, each as often as the networks run it: %s%n".formatted(Format.seconds(total)));
        if (report.leftOut() > 0) {
            text.append("Not measured for lack of time: %d kernels, those that take least.%n".formatted(report.leftOut()));
        }
        long noisy = report.kernels().stream().filter(kernel -> kernel.timing().noisy()).count();
        if (noisy > 0) {
            text.append("The machine was noisy: %d of %d measurements have an interquartile range above %s of the median (marked !).%n"
                    .formatted(noisy, report.kernels().size(), Format.percent(Timing.MAX_SPREAD)));
        }
        return text.toString().stripTrailing();
    }

    private static String row(KernelMeasurement kernel) {
        Timing timing = kernel.timing();
        return ROW.formatted(
                kernel.kind().label(),
                kernel.shape(),
                kernel.count(),
                Format.seconds(timing.median()),
                Format.percent(timing.spread()) + (timing.noisy() ? "!" : ""),
                kernel.operations() == 0 ? "" : Format.digits(kernel.gigaflops()),
                Format.digits(kernel.gigabytesPerSecond()),
                Format.percent(kernel.rooflineShare()));
    }

    /** Formats the report as comma-separated values: a header, then a line for each kernel, with times in seconds. */
    public static String csv(KernelReport report) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "backend,operation,shape,count,median,lower_quartile,upper_quartile,runs,noisy,compile,outside,flop,bytes,gflops,gbs,roofline,failure");
        for (KernelMeasurement kernel : report.kernels()) {
            Timing timing = kernel.timing();
            lines.add(List.of(
                    report.engine().backend(), kernel.kind().label(), kernel.shape(), kernel.count(), timing.median(),
                    timing.lowerQuartile(), timing.upperQuartile(), timing.runs(), timing.noisy(), kernel.compileSeconds(),
                    kernel.outsideSeconds(), kernel.operations(), kernel.bytes(), kernel.gigaflops(), kernel.gigabytesPerSecond(),
                    kernel.rooflineShare(), kernel.failure().orElse(""))
                    .stream()
                    .map(KernelTable::field)
                    .collect(Collectors.joining(",")));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String field(Object value) {
        String text = value instanceof Double number ? String.format(Locale.ROOT, "%.6g", number) : value.toString();
        return text.matches(".*[,\"\n].*") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }
}
