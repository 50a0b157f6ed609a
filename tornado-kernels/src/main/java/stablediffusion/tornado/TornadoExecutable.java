package stablediffusion.tornado;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Executable;
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
 * A network as one execution plan over a chain of task graphs: built and compiled once, run many times.
 */
final class TornadoExecutable implements Executable {
    private final Graph graph;
    private final Lowering.Chain chain;
    private final TornadoExecutionPlan plan;

    TornadoExecutable(Graph graph, Lowering.Chain chain, TornadoDevice device, long memory) {
        this.graph = graph;
        this.chain = chain;
        this.plan = new TornadoExecutionPlan(chain.graphs().toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device).withGridScheduler(chain.grids()).withMemoryLimit(Math.ceilDiv(memory, 1_000_000L) + 1 + "MB");
    }

    /** Compiles every task for the device, so that the first run costs no more than the next. */
    void compile() {
        plan.withAllGraphs().withPreCompilation();
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
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
        for (int i = 0; i < chain.graphs().size(); i++) {
            plan.withGraph(i).execute();
        }
        Shape shape = graph.output().shape();
        float[] values = new float[shape.size()];
        MemorySegment.copy(chain.output().getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values, 0, values.length);
        return new Tensor(shape, values);
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
