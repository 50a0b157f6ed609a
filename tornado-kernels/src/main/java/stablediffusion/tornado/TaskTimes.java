package stablediffusion.tornado;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

import java.util.HashMap;
import java.util.Map;

/** Reads kernel times from the log of TornadoVM's profiler. */
final class TaskTimes {
    private static final String KERNEL_TIME = "TASK_KERNEL_TIME";
    private static final JsonMapper JSON = new JsonMapper();

    private TaskTimes() {}

    /**
     * Returns the device time of each task in the last execution, in nanoseconds, by the task's full name.
     *
     * @param log one {@code {"plan": {"graph.task": {"TASK_KERNEL_TIME": "123", …}, …}}} for each execution so far
     */
    static Map<String, Long> parse(String log) {
        Map<String, Long> times = new HashMap<>();
        try (MappingIterator<JsonNode> executions = JSON.readerFor(JsonNode.class).readValues(log)) {
            executions.forEachRemaining(execution -> execution.forEach(plan -> plan.properties().forEach(task -> {
                if (task.getValue().has(KERNEL_TIME)) {
                    times.put(task.getKey(), task.getValue().get(KERNEL_TIME).asLong());
                }
            })));
        }
        return times;
    }
}
