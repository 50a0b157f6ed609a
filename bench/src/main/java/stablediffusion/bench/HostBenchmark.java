package stablediffusion.bench;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Launching;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Weights;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Measures what the host does for a run, so that it can be compared with what the device does. */
public final class HostBenchmark {
    /** Many runs before the first measured one: until the JVM has compiled TornadoVM's interpreter, a run takes several times as long. */
    private static final MeasurementProtocol PROTOCOL = new MeasurementProtocol(20, 20, 400, 5);

    private static final double NANOSECONDS = 1e-9;
    private static final long SEED = 1;

    private record Run(double clock, double processor) {}

    private HostBenchmark() {}

    /**
     * Measures a network.
     *
     * @param width width of the picture in pixels
     * @param height height of the picture in pixels
     */
    public static HostMeasurement run(Part part, Configuration configuration, Weights weights, int width, int height, Engine engine) {
        Graph graph = part.graph(configuration, width, height);
        Map<String, Tensor> inputs = RandomInputs.of(graph, SEED);
        PreparationTimer preparation = new PreparationTimer();
        try (Executable executable = preparation.compile(engine, graph, weights)) {
            List<Run> runs = PROTOCOL.runs(() -> run(executable, inputs));
            return new HostMeasurement(
                    part,
                    executable instanceof Launching launching ? Optional.of(launching.launches()) : Optional.empty(),
                    preparation.compileSeconds(),
                    Timing.of(runs.stream().mapToDouble(Run::clock).toArray()),
                    Timing.of(runs.stream().mapToDouble(Run::processor).toArray()));
        }
    }

    private static Run run(Executable executable, Map<String, Tensor> inputs) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long processor = threads.getCurrentThreadCpuTime();
        double clock = MeasurementProtocol.seconds(() -> executable.run(inputs));
        return new Run(clock, NANOSECONDS * (threads.getCurrentThreadCpuTime() - processor));
    }
}
