package stablediffusion.bench;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profile.Around;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.weights.Weights;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures the networks of a model, one after another, and then the generation of a picture.
 */
public final class ModelBenchmark {
    static final String HOST = "host";

    private static final double NANOSECONDS = 1e-9;

    private final Workload workload;
    private final Consumer<String> log;

    /**
     * Describes what is measured.
     *
     * @param name name of the model in the report
     * @param width width of the picture in pixels
     * @param height height of the picture in pixels
     * @param parts networks to measure
     * @param picture picture to generate, if any
     * @param protocol repetitions for each network
     * @param seed seed of the inputs of the networks
     */
    public record Workload(
            String name,
            Configuration configuration,
            Weights weights,
            int width,
            int height,
            Set<Part> parts,
            Optional<PictureRequest> picture,
            MeasurementProtocol protocol,
            long seed) {}

    /**
     * Holds the measurements and what was computed.
     *
     * @param outputs output of each network, for comparison with another engine
     */
    public record Result(ModelReport report, Map<Part, Tensor> outputs, Optional<Picture> picture) {}

    /**
     * Holds the profile of a run.
     *
     * @param seconds time of the whole run, from the host's clock
     */
    private record ProfiledRun(double seconds, Profile profile) {
        double compute() {
            return NANOSECONDS * profile.computing();
        }

        double spent(Around... parts) {
            return Stream.of(parts).mapToDouble(part -> NANOSECONDS * profile.around().getOrDefault(part, 0L)).sum();
        }

        double host() {
            return seconds - compute() - spent(Around.values());
        }
    }

    private ModelBenchmark(Workload workload, Consumer<String> log) {
        this.workload = workload;
        this.log = log;
    }

    /** Returns the seconds since the start of the JVM. */
    public static double sinceStart() {
        return (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1000.0;
    }

    /**
     * Measures a model on an open engine.
     *
     * @param startUpSeconds time until the engine was open
     * @param log receives a line for each measurement
     */
    public static Result run(
            Workload workload, Engine engine, EngineInfo info, Environment environment, double startUpSeconds, Consumer<String> log) {
        ModelBenchmark benchmark = new ModelBenchmark(workload, log);
        List<NetworkMeasurement> networks = new ArrayList<>();
        Map<Part, Tensor> outputs = new EnumMap<>(Part.class);
        for (Part part : workload.parts()) {
            networks.add(benchmark.measure(part, engine, outputs));
        }
        Optional<Generated> generated = workload.picture().map(request -> benchmark.generate(request, engine));
        boolean noisy = networks.stream().anyMatch(network -> network.run().noisy());
        ModelReport report = new ModelReport(
                environment,
                info,
                workload.name(),
                workload.width(),
                workload.height(),
                startUpSeconds,
                networks,
                generated.map(Generated::measurement),
                ProcessMemory.hostPeak(),
                noisy);
        return new Result(report, outputs, generated.map(Generated::picture));
    }

    private NetworkMeasurement measure(Part part, Engine engine, Map<Part, Tensor> outputs) {
        log.accept(part.label() + " …");
        Graph graph = part.graph(workload.configuration(), workload.width(), workload.height());
        Map<String, Tensor> inputs = RandomInputs.of(graph, workload.seed());
        MemoryNeed need = engine.memory(graph);
        PreparationTimer preparation = new PreparationTimer();
        try (Executable executable = preparation.compile(engine, graph, workload.weights())) {
            Timing run = workload.protocol().time(() -> outputs.put(part, executable.run(inputs)));
            List<ProfiledRun> profiles = executable instanceof Profiled profiled ? profiles(profiled, inputs) : List.of();
            Timing compute = profiles.isEmpty() ? run : Timing.of(profiles.stream().mapToDouble(ProfiledRun::compute).toArray());
            ProfiledRun middle = profiles.isEmpty()
                    ? new ProfiledRun(run.median(), new Profile(List.of(), Map.of()))
                    : profiles.get(profiles.size() / 2);
            return new NetworkMeasurement(
                    part,
                    preparation.loadSeconds(),
                    preparation.compileSeconds(),
                    run,
                    compute,
                    middle.spent(Around.COPY_IN, Around.COPY_OUT),
                    middle.spent(Around.LAUNCH),
                    profiles.isEmpty() ? 0 : middle.host(),
                    graph.multiplyAdds(),
                    2e-9 * graph.multiplyAdds() / run.median(),
                    need.weights(),
                    need.activations(),
                    middle.seconds,
                    profiles.isEmpty() ? List.of() : breakdown(middle));
        }
    }

    /** Profiles runs and sorts them by the time of the whole run. */
    private List<ProfiledRun> profiles(Profiled profiled, Map<String, Tensor> inputs) {
        return workload.protocol().runs(() -> profile(profiled, inputs)).stream()
                .sorted(Comparator.comparingDouble(ProfiledRun::seconds))
                .toList();
    }

    private static ProfiledRun profile(Profiled profiled, Map<String, Tensor> inputs) {
        long start = System.nanoTime();
        Profile profile = profiled.profile(inputs);
        return new ProfiledRun((System.nanoTime() - start) * NANOSECONDS, profile);
    }

    /** Returns the shares of all kinds of operations, largest first, then the costs outside of operations; they add up to the run. */
    private static List<TimeShare> breakdown(ProfiledRun run) {
        Map<OperationKind, TimeShare> kinds = new TreeMap<>();
        for (OperationTime time : run.profile.operations()) {
            OperationKind kind = OperationKind.of(time.operation());
            TimeShare share = new TimeShare(kind.label(), 1, time.operation().multiplyAdds(), NANOSECONDS * time.nanoseconds());
            kinds.merge(kind, share, (a, b) -> new TimeShare(
                    a.kind(), a.operations() + b.operations(), a.multiplyAdds() + b.multiplyAdds(), a.seconds() + b.seconds()));
        }
        List<TimeShare> shares = new ArrayList<>(kinds.values());
        shares.sort(Comparator.comparingDouble(TimeShare::seconds).reversed());
        run.profile.around().forEach((around, _) -> shares.add(new TimeShare(around.description(), 0, 0, run.spent(around))));
        shares.add(new TimeShare(HOST, 0, 0, run.host()));
        return shares;
    }

    private record Generated(PictureMeasurement measurement, Picture picture) {}

    private Generated generate(PictureRequest request, Engine engine) {
        log.accept("a whole picture, " + request.steps() + " steps …");
        PhaseTimer timer = new PhaseTimer();
        try (Pipeline pipeline = new Pipeline(workload.configuration(), workload.weights(), engine)) {
            Picture picture = pipeline.generate(request.at(workload.width(), workload.height()), timer).picture();
            return new Generated(timer.measurement(request), picture);
        }
    }
}
