package stablediffusion.peers;

import stablediffusion.model.graph.Value;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The variables of a program that hold the values of a graph: each value in the order in which it was computed, and from the first
 * time that it is read in the other order in both.
 */
final class Variables {
    private final Map<Value, Map<Order, String>> names = new HashMap<>();
    private final Conversion conversion;

    /** Writes the instructions that bring a variable into another order. */
    interface Conversion {
        /**
         * @param value that the variable holds
         * @param wanted the order that it is not in
         * @return the new variable
         */
        String write(String variable, Value value, Order wanted);
    }

    Variables(Conversion conversion) {
        this.conversion = conversion;
    }

    void put(Value value, Order order, String variable) {
        names.computeIfAbsent(value, _ -> new EnumMap<>(Order.class)).put(order, variable);
    }

    /** The variable that holds a value in an order; written where there is none yet. */
    String get(Value value, Order order) {
        Map<Order, String> variables = names.get(value);
        if (!variables.containsKey(order)) {
            variables.put(order, conversion.write(variables.values().iterator().next(), value, order));
        }
        return variables.get(order);
    }

    /** The order that takes the fewest conversions; where that leaves a choice, one that the first value is in. */
    Order order(List<Value> values) {
        Order last = Order.CHANNELS_LAST;
        Order first = Order.CHANNELS_FIRST;
        long difference = count(values, last) - count(values, first);
        return difference > 0 || difference == 0 && names.get(values.getFirst()).containsKey(last) ? last : first;
    }

    private long count(List<Value> values, Order order) {
        return values.stream().filter(value -> names.get(value).containsKey(order)).count();
    }
}
