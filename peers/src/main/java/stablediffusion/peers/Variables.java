package stablediffusion.peers;

import stablediffusion.model.graph.Value;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Maps the values of a graph to the variables of a program: each value in the layout in which it was computed and, from the first time that
 * it is read in the other layout, in both.
 */
final class Variables {
    private final Map<Value, Map<Layout, String>> names = new HashMap<>();
    private final Conversion conversion;

    /** Writes the instructions that convert a variable to another layout. */
    interface Conversion {
        /**
         * @param value the value that the variable holds
         * @param wanted the layout to convert to
         * @return the new variable
         */
        String write(String variable, Value value, Layout wanted);
    }

    Variables(Conversion conversion) {
        this.conversion = conversion;
    }

    void put(Value value, Layout layout, String variable) {
        names.computeIfAbsent(value, _ -> new EnumMap<>(Layout.class)).put(layout, variable);
    }

    /** Returns the variable that holds a value in a layout, converting the value if there is none yet. */
    String get(Value value, Layout layout) {
        Map<Layout, String> variables = names.get(value);
        if (!variables.containsKey(layout)) {
            variables.put(layout, conversion.write(variables.values().iterator().next(), value, layout));
        }
        return variables.get(layout);
    }

    /** Returns the layout that takes the fewest conversions; if both take the same number, one that the first value is in. */
    Layout layout(List<Value> values) {
        Layout last = Layout.CHANNELS_LAST;
        Layout first = Layout.CHANNELS_FIRST;
        long difference = count(values, last) - count(values, first);
        return difference > 0 || difference == 0 && names.get(values.getFirst()).containsKey(last) ? last : first;
    }

    private long count(List<Value> values, Layout layout) {
        return values.stream().filter(value -> names.get(value).containsKey(layout)).count();
    }
}
