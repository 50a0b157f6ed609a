package uk.ac.manchester.tornado.api;

import stablediffusion.tornado.simulator.PlanExecution;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoBailoutRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.Arrays;

/**
 * Executes task graphs, together or one at a time.
 *
 * <p>{@link #withGraph} stays in force until another call of it or {@link #withAllGraphs}.
 */
public class TornadoExecutionPlan implements AutoCloseable {

    public static TornadoDevice DEFAULT_DEVICE = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();

    private final PlanExecution plan;

    public TornadoExecutionPlan(ImmutableTaskGraph... immutableTaskGraphs) {
        plan = new PlanExecution(Arrays.stream(immutableTaskGraphs).map(ImmutableTaskGraph::recording).toList());
    }

    public static TornadoDevice getDevice(int driverIndex, int deviceIndex) {
        return TornadoRuntimeProvider.getTornadoRuntime().getBackend(driverIndex).getDevice(deviceIndex);
    }

    public static TornadoDeviceMap getTornadoDeviceMap() {
        return new TornadoDeviceMap();
    }

    /** Runs the selected graphs in their order. */
    public TornadoExecutionResult execute() {
        plan.execute();
        return new TornadoExecutionResult(plan);
    }

    /** Selects one graph by its index in the constructor. */
    public TornadoExecutionPlan withGraph(int graphIndex) {
        plan.select(graphIndex);
        return this;
    }

    public TornadoExecutionPlan withAllGraphs() {
        plan.selectAll();
        return this;
    }

    /** Compiles the tasks of the selected graphs now. */
    public TornadoExecutionPlan withPreCompilation() {
        plan.compile();
        return this;
    }

    public TornadoExecutionPlan withDevice(TornadoDevice device) {
        return this;
    }

    public TornadoDevice getDevice(int immutableTaskGraphIndex) {
        return DEFAULT_DEVICE;
    }

    public TornadoExecutionPlan withGridScheduler(GridScheduler gridScheduler) {
        plan.grids(gridScheduler);
        return this;
    }

    /** Records graphs and replays them. The simulator cannot, as most devices cannot; these say so at the first execution. */
    public TornadoExecutionPlan withCUDAGraph() {
        throw new TornadoBailoutRuntimeException("the simulated device does not support execution graphs");
    }

    public TornadoExecutionPlan withProfiler(ProfilerMode profilerMode) {
        return this;
    }

    public TornadoExecutionPlan withoutProfiler() {
        return this;
    }

    /** Limits the device memory of the plan, for example to {@code 512MB} or {@code 2GB}. */
    public TornadoExecutionPlan withMemoryLimit(String memoryLimit) {
        plan.memoryLimit(memoryLimit);
        return this;
    }

    public TornadoExecutionPlan withoutMemoryLimit() {
        plan.noMemoryLimit();
        return this;
    }

    public TornadoExecutionPlan withPrintKernel() {
        return this;
    }

    public TornadoExecutionPlan withoutPrintKernel() {
        return this;
    }

    public TornadoExecutionPlan withThreadInfo() {
        return this;
    }

    public TornadoExecutionPlan withoutThreadInfo() {
        return this;
    }

    /** Executes the selected graphs several times. */
    public TornadoExecutionPlan withWarmUpIterations(int iterations) {
        for (int i = 0; i < iterations; i++) {
            plan.execute();
        }
        return this;
    }

    public TornadoExecutionPlan freeDeviceMemory() {
        plan.free();
        return this;
    }

    public TornadoExecutionPlan resetDevice() {
        return this;
    }

    public TornadoExecutionPlan clearProfiles() {
        return this;
    }

    /** Returns the device memory of the plan in bytes. */
    public long getCurrentDeviceMemoryUsage() {
        return plan.deviceBytes();
    }

    @Override
    public void close() throws TornadoExecutionPlanException {
        plan.free();
    }
}
