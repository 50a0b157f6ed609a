package stablediffusion.tornado;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profile.Around;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Runs a network as one execution plan over a chain of task graphs: compiled once, run many times.
 */
final class TornadoExecutable implements Executable, Profiled {
    private final Graph graph;
    private final Lowering.Chain chain;
    private final TornadoExecutionPlan plan;
    private final Failures failures;

    /** @param memory limit of the plan's device memory in bytes */
    TornadoExecutable(Graph graph, Lowering.Chain chain, TornadoDevice device, String id, long memory) {
        this.graph = graph;
        this.chain = chain;
        this.failures = new Failures(graph.name(), id, chain.operations());
        this.plan = new TornadoExecutionPlan(chain.graphs().toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device).withGridScheduler(chain.grids().trial()).withMemoryLimit(Math.ceilDiv(memory, 1_000_000L) + 1 + "MB");
    }

    /**
     * Compiles every task and runs it once with the trial grids, so that the first run costs no more than the next: the trial run copies the
     * weights to the device, and drivers such as PoCL compile at a kernel's first launch.
     */
    void compile() {
        failures.explain("compile", () -> {
            plan.withAllGraphs().withPreCompilation();
            execute();
            plan.withAllGraphs().withGridScheduler(chain.grids().whole());
        });
    }

    private void execute() {
        for (int i = 0; i < chain.graphs().size(); i++) {
            plan.withGraph(i).execute();
        }
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        write(inputs);
        failures.explain("run", this::execute);
        Shape shape = graph.output().shape();
        float[] values = new float[shape.size()];
        MemorySegment.copy(chain.output().getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values, 0, values.length);
        return new Tensor(shape, values);
    }

    /** Measures with the device's clock. Each task ends before the next is launched. */
    @Override
    public Profile profile(Map<String, Tensor> inputs) {
        write(inputs);
        Map<String, Long> times = new HashMap<>();
        Map<Around, Long> around = new EnumMap<>(Around.class);
        for (int i = 0; i < chain.graphs().size(); i++) {
            TornadoProfilerResult result = plan.withGraph(i).withProfiler(ProfilerMode.SILENT).execute().getProfilerResult();
            times.putAll(TaskTimes.parse(result.getProfileLog()));
            around.merge(Around.COPY_IN, result.getDeviceWriteTime(), Long::sum);
            around.merge(Around.COPY_OUT, result.getDeviceReadTime(), Long::sum);
            around.merge(Around.LAUNCH, result.getKernelDispatchTime() + result.getDataTransferDispatchTime(), Long::sum);
        }
        plan.withoutProfiler();
        Map<Operation, Long> sums = new LinkedHashMap<>();
        chain.operations().forEach((task, operation) -> sums.merge(operation, times.getOrDefault(task, 0L), Long::sum));
        return new Profile(sums.entrySet().stream().map(sum -> new OperationTime(sum.getKey(), sum.getValue())).toList(), around);
    }

    private void write(Map<String, Tensor> inputs) {
        for (Map.Entry<Value, FloatArray> input : chain.inputs().entrySet()) {
            Value value = input.getKey();
            Tensor tensor = inputs.get(value.name());
            if (tensor == null || !tensor.shape().equals(value.shape())) {
                throw new IllegalArgumentException(
                        graph.name() + " wants input " + value.name() + " of shape " + value.shape() + ", not "
                                + (tensor == null ? "nothing" : tensor.shape()));
            }
            MemorySegment.copy(
                    tensor.values(), 0, input.getValue().getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, tensor.values().length);
        }
    }

    @Override
    public void close() {
        try {
            plan.freeDeviceMemory();
            plan.close();
        } catch (TornadoExecutionPlanException failure) {
            throw new UserException(graph.name() + ": the device did not give its memory back: " + failure.getMessage(), failure);
        }
    }
}
