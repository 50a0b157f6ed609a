package stablediffusion.tornado;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Launches;
import stablediffusion.model.engine.Launching;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/**
 * Runs a network as one execution plan over a chain of task graphs: compiled once, run many times.
 */
class TornadoExecutable implements Executable, Launching {
    final Lowering.Chain chain;
    final TornadoExecutionPlan plan;
    private final Graph graph;
    private final Failures failures;
    private final boolean recorded;

    /**
     * @param memory limit of the plan's device memory in bytes
     * @param recorded whether the device records the launches of the first run and replays them at every later one
     */
    TornadoExecutable(Graph graph, Lowering.Chain chain, TornadoDevice device, String id, long memory, boolean recorded) {
        this.graph = graph;
        this.chain = chain;
        this.recorded = recorded;
        this.failures = new Failures(graph.name(), id, chain.operationsByTask());
        this.plan = new TornadoExecutionPlan(chain.graphs().toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device)
                .withGridScheduler(recorded ? chain.grids().whole() : chain.grids().trial())
                .withMemoryLimit(Math.ceilDiv(memory, 1_000_000L) + 1 + "MB");
    }

    /**
     * Compiles every task and runs it once, so that the first run costs no more than the next: this run copies the weights to the device, and
     * drivers such as PoCL compile at a kernel's first launch. It is one with the trial grids, unless it is recorded: TornadoVM records the
     * first run after compiling, and no other.
     */
    void compile() {
        failures.explain("compile", () -> {
            if (recorded) {
                plan.withCUDAGraph();
            }
            plan.withPreCompilation();
            // One by one: a task graph finds the arena in the one that was executed before it.
            for (int i = 0; i < chain.graphs().size(); i++) {
                plan.withGraph(i).execute();
            }
            plan.withAllGraphs().withGridScheduler(chain.grids().whole());
        });
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        write(inputs);
        // All at once: by now each task graph has the arena, and TornadoVM's work for an execution is done once, not for each of them.
        failures.explain("run", plan::execute);
        Shape shape = graph.output().shape();
        float[] values = new float[shape.size()];
        MemorySegment.copy(chain.output().getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values, 0, values.length);
        return new Tensor(shape, values);
    }

    @Override
    public Launches launches() {
        return new Launches(chain.graphs().size(), chain.tasks(), chain.grids().whole().keySet().size(), recorded);
    }

    void write(Map<String, Tensor> inputs) {
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
            plan.withAllGraphs().freeDeviceMemory();
            plan.close();
        } catch (TornadoExecutionPlanException failure) {
            throw new UserException(graph.name() + ": the device did not give its memory back: " + failure.getMessage(), failure);
        }
    }
}
