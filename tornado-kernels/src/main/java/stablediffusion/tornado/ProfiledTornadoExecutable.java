package stablediffusion.tornado;

import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profile.Around;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs a network task by task, so that each can be measured; a recorded run has no times of its tasks.
 */
final class ProfiledTornadoExecutable extends TornadoExecutable implements Profiled {

    /** @param memory limit of the plan's device memory in bytes */
    ProfiledTornadoExecutable(Graph graph, Lowering.Chain chain, TornadoDevice device, String id, long memory) {
        super(graph, chain, device, id, memory, false);
    }

    /** Measures with the device's clock. Each task ends before the next is launched. */
    @Override
    public Profile profile(Map<String, Tensor> inputs) {
        write(inputs);
        Map<Operation, Long> sums = new LinkedHashMap<>();
        Map<Around, Long> around = new EnumMap<>(Around.class);
        for (int i = 0; i < chain.graphs().size(); i++) {
            TornadoProfilerResult result = plan.withGraph(i).withProfiler(ProfilerMode.SILENT).execute().getProfilerResult();
            Map<String, Long> times = TaskTimes.parse(result.getProfileLog());
            chain.operations().get(i).forEach((task, together) -> share(sums, together, times.getOrDefault(task, 0L)));
            around.merge(Around.COPY_IN, result.getDeviceWriteTime(), Long::sum);
            around.merge(Around.COPY_OUT, result.getDeviceReadTime(), Long::sum);
            around.merge(Around.LAUNCH, result.getKernelDispatchTime() + result.getDataTransferDispatchTime(), Long::sum);
        }
        plan.withAllGraphs().withoutProfiler();
        return new Profile(sums.entrySet().stream().map(sum -> new OperationTime(sum.getKey(), sum.getValue())).toList(), around);
    }

    /** Divides the time of a task among its operations by their multiply-adds. */
    private static void share(Map<Operation, Long> sums, List<Operation> together, long nanoseconds) {
        long all = together.stream().mapToLong(Operation::multiplyAdds).sum();
        for (Operation operation : together) {
            long own = together.size() == 1 ? nanoseconds : Math.round((double) nanoseconds * operation.multiplyAdds() / all);
            sums.merge(operation, own, Long::sum);
        }
    }
}
