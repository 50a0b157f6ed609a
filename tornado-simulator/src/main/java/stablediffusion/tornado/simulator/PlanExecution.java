package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Executes the task graphs of a plan: holds the selected graphs and the arrays that each has on the device.
 *
 * <p>Every graph has device copies of its own, even of the same host array. Only {@code consumeFromDevice} makes a graph share a copy, and
 * only with the graph that was executed immediately before.
 */
public final class PlanExecution {

    /** Holds nanoseconds and bytes of one execution; the time of the kernels also by task. */
    public record Times(long compile, long copyIn, long copyOut, long kernels, long bytesIn, long bytesOut, Map<String, Long> tasks) {

        public long total() {
            return compile + copyIn + copyOut + kernels;
        }
    }

    private static final class GraphState {
        private final GraphRecording recording;
        private final Map<TornadoNativeArray, DeviceArray> memory = new IdentityHashMap<>();
        private List<Kernel> kernels = List.of();

        GraphState(GraphRecording recording) {
            this.recording = recording;
        }
    }

    private static final Pattern SIZE = Pattern.compile("(\\d+)(MB|GB)");

    private final List<GraphState> graphs;
    private List<GraphState> selected;
    private GraphState previous;
    private GridScheduler grids = new GridScheduler();
    private long memoryLimit = Long.MAX_VALUE;
    private int launches;
    private long compileTime;
    private long copyInTime;
    private long copyOutTime;
    private long kernelTime;
    /** Compiled code, by the names of task graph and task. */
    private final Map<String, Kernel> codes = new LinkedHashMap<>();
    private final Map<String, Long> taskTimes = new LinkedHashMap<>();
    private long bytesIn;
    private long bytesOut;

    public PlanExecution(List<GraphRecording> recordings) {
        graphs = recordings.stream().map(GraphState::new).toList();
        selected = graphs;
    }

    public void select(int graph) {
        if (graph < 0 || graph >= graphs.size()) {
            throw new TornadoRuntimeException("the plan has no graph " + graph + ", only 0 to " + (graphs.size() - 1));
        }
        selected = List.of(graphs.get(graph));
    }

    public void selectAll() {
        selected = graphs;
    }

    /** Sets the grids. At least one of them must belong to a task of the plan. */
    public void grids(GridScheduler scheduler) {
        boolean known =
                graphs.stream().flatMap(graph -> graph.recording.tasks().stream()).anyMatch(task -> scheduler.get(task.name()) != null);
        if (!known) {
            throw new TornadoRuntimeException("none of the grids " + scheduler.keySet() + " belongs to a task of the plan");
        }
        grids = scheduler;
    }

    public void memoryLimit(String limit) {
        Matcher matcher = SIZE.matcher(limit);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a memory limit is a number with MB or GB, not " + limit);
        }
        memoryLimit = Long.parseLong(matcher.group(1)) * (matcher.group(2).equals("MB") ? 1_000_000 : 1_000_000_000);
    }

    public void noMemoryLimit() {
        memoryLimit = Long.MAX_VALUE;
    }

    public void compile() {
        selected.forEach(this::compile);
    }

    /** Runs the selected graphs. */
    public void execute() {
        compileTime = copyInTime = copyOutTime = kernelTime = bytesIn = bytesOut = 0;
        taskTimes.clear();
        for (GraphState graph : selected) {
            compile(graph);
            consume(graph);
            copyIn(graph);
            for (Kernel kernel : graph.kernels) {
                long start = System.nanoTime();
                new Launch(kernel, ++launches, grids.get(kernel.task()), deviceArguments(graph, kernel)).run();
                long time = System.nanoTime() - start;
                taskTimes.put(kernel.task(), time);
                kernelTime += time;
            }
            graph.recording.toHost().forEach((array, mode) -> {
                if (mode != DataTransferMode.UNDER_DEMAND) {
                    copyOut(graph, graph.memory.get(array), array, TornadoNativeArray.ARRAY_HEADER, array.getNumBytesOfSegment());
                }
            });
        }
        previous = selected.getLast();
    }

    public void transferToHost(Object object) {
        if (!(object instanceof TornadoNativeArray array)) {
            throw new TornadoRuntimeException("only arrays can be transferred, not " + object);
        }
        transferToHost(array, TornadoNativeArray.ARRAY_HEADER, array.getNumBytesOfSegment());
    }

    /** Copies {@code size} bytes back, from {@code offset} bytes after the beginning of the header. */
    public void transferToHost(TornadoNativeArray array, long offset, long size) {
        boolean found = false;
        for (GraphState graph : selected) {
            DeviceArray device = graph.memory.get(array);
            if (device != null) {
                copyOut(graph, device, array, offset, size);
                found = true;
            }
        }
        if (!found) {
            throw new TornadoRuntimeException("no selected graph has on the device the " + DeviceArray.describe(array) + " asked for");
        }
    }

    public void free() {
        graphs.forEach(graph -> graph.memory.clear());
        previous = null;
    }

    public long deviceBytes() {
        return graphs.stream().flatMap(graph -> graph.memory.values().stream()).distinct().mapToLong(DeviceArray::bytes).sum();
    }

    public Times times() {
        return new Times(compileTime, copyInTime, copyOutTime, kernelTime, bytesIn, bytesOut, Map.copyOf(taskTimes));
    }

    private void compile(GraphState graph) {
        if (graph.kernels.isEmpty()) {
            long start = System.nanoTime();
            graph.kernels = graph.recording.tasks().stream().map(Kernel::of).toList();
            graph.kernels.forEach(this::share);
            compileTime += System.nanoTime() - start;
        }
    }

    /** Checks that a task has the code that another task of its name has: the runtime compiles once for each name. */
    private void share(Kernel kernel) {
        Kernel first = codes.putIfAbsent(kernel.task(), kernel);
        if (first != null && !first.sharesCode(kernel)) {
            throw new KernelError(
                    "task " + kernel.task() + " has the code of another task of its name, which has another kernel or other numbers: "
                            + first.signature() + ", not " + kernel.signature());
        }
    }

    private void consume(GraphState graph) {
        GraphRecording recording = graph.recording;
        recording.consumed().forEach((array, source) -> {
            String wanted = "graph " + recording.name() + " consumes " + DeviceArray.describe(array);
            if (previous == null) {
                throw new KernelError(wanted + ", but no graph was executed before it");
            }
            String before = previous.recording.name();
            if (!source.equals(recording.name()) && !source.equals(before)) {
                throw new KernelError(wanted + " from graph " + source + ", but the graph executed immediately before is " + before);
            }
            if (!previous.recording.keeps(array)) {
                throw new KernelError(wanted + ", which the graph executed immediately before, " + before + ", did not persist");
            }
            graph.memory.put(array, previous.memory.get(array));
        });
    }

    private void copyIn(GraphState graph) {
        graph.recording.toDevice().forEach((array, mode) -> {
            boolean first = !graph.memory.containsKey(array);
            DeviceArray device = onDevice(graph, array);
            if (mode == DataTransferMode.EVERY_EXECUTION || mode == DataTransferMode.FIRST_EXECUTION && first) {
                long start = System.nanoTime();
                device.copyIn(array);
                copyInTime += System.nanoTime() - start;
                bytesIn += array.getNumBytesOfSegment();
            }
        });
        graph.recording.toHost().keySet().forEach(array -> onDevice(graph, array));
    }

    private void copyOut(GraphState graph, DeviceArray device, TornadoNativeArray array, long offset, long size) {
        if (!device.hasValues()) {
            throw new KernelError("graph " + graph.recording.name() + " transfers to the host a " + DeviceArray.describe(array)
                    + " that nobody wrote and that was never transferred to the device");
        }
        long start = System.nanoTime();
        MemorySegment.copy(device.array().getSegmentWithHeader(), offset, array.getSegmentWithHeader(), offset, size);
        copyOutTime += System.nanoTime() - start;
        bytesOut += size;
    }

    private DeviceArray onDevice(GraphState graph, TornadoNativeArray array) {
        DeviceArray present = graph.memory.get(array);
        if (present != null) {
            return present;
        }
        long bytes = array.getNumBytesOfSegmentWithHeader();
        if (bytes > SimulatedDevice.LARGEST_ARRAY) {
            throw new TornadoOutOfMemoryException("[ERROR] Unable to allocate " + bytes + " bytes: the device's largest array has "
                    + SimulatedDevice.LARGEST_ARRAY);
        }
        if (deviceBytes() + bytes > Math.min(memoryLimit, SimulatedDevice.MEMORY)) {
            throw new TornadoOutOfMemoryException("Unable to allocate " + bytes + " bytes: the plan has " + deviceBytes() + " of "
                    + Math.min(memoryLimit, SimulatedDevice.MEMORY) + " already");
        }
        DeviceArray device = new DeviceArray(array);
        graph.memory.put(array, device);
        return device;
    }

    private List<Object> deviceArguments(GraphState graph, Kernel kernel) {
        List<Object> arguments = new ArrayList<>();
        for (Object argument : kernel.arguments()) {
            arguments.add(argument instanceof TornadoNativeArray array ? onDevice(graph, array) : argument);
        }
        return arguments;
    }
}
