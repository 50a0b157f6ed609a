package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.Configuration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelBenchmarkTest {
    private static final Roofline ROOFLINE = new Roofline(100, 10, "gemm", "copy");

    /** Every kind of operation that a model writes down runs alone, one case of each. */
    @Test
    void everyKind() {
        List<Graph> graphs = Arrays.stream(Part.values()).map(part -> part.graph(Configuration.narrow(), 64, 64)).toList();
        List<KernelCase> one = List.copyOf(KernelCase.of(graphs).stream()
                .collect(Collectors.toMap(KernelCase::kind, kernel -> kernel, (_, last) -> last))
                .values());
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            List<KernelMeasurement> kernels =
                    new KernelBenchmark(engine, new MeasurementProtocol(0, 2, 2, 0)).run(one, ROOFLINE, _ -> {});
            Set<OperationKind> kinds = kernels.stream().map(KernelMeasurement::kind).collect(Collectors.toSet());
            assertEquals(EnumSet.complementOf(EnumSet.of(OperationKind.GATED_LINEAR)), kinds);
            for (KernelMeasurement kernel : kernels) {
                assertEquals(Optional.empty(), kernel.failure());
                assertTrue(kernel.timing().median() > 0 && kernel.bytes() > 0, kernel.toString());
                assertEquals((double) kernel.operations(), kernel.gigaflops() * 1e9 * kernel.timing().median(), 1);
                assertEquals((double) kernel.bytes(), kernel.gigabytesPerSecond() * 1e9 * kernel.timing().median(), 1);
            }
        }
    }

    /** Without time nothing is measured, and with some the costliest come first. */
    @Test
    void theCostliestComeFirst() {
        List<KernelCase> kernels = KernelCase.of(List.of(Part.UNET.graph(Configuration.narrow(), 64, 64)));
        List<String> begun = new ArrayList<>();
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            KernelBenchmark benchmark = new KernelBenchmark(engine, new MeasurementProtocol(0, 1, 1, 0));
            assertEquals(List.of(), benchmark.run(kernels, ROOFLINE, 0, begun::add));
            assertEquals(List.of(), begun);
            List<KernelMeasurement> all = benchmark.run(kernels, ROOFLINE, begun::add);
            assertEquals(kernels.stream().map(KernelCase::name).toList(), all.stream().map(KernelMeasurement::name).toList());
            ToDoubleFunction<KernelMeasurement> least = kernel -> kernel.count() * ROOFLINE.share(kernel.operations(), kernel.bytes(), 1);
            KernelMeasurement costliest = all.stream().max(Comparator.comparingDouble(least)).orElseThrow();
            assertEquals(costliest.name() + " …", begun.getFirst());
        }
    }
}
