package dev.phyllo.engine;

/**
 * A process of a container as {@code ps -ef} shows it.
 *
 * @param user the name of its user on this machine, or the number
 * @param pid its number on this machine
 * @param parent that of its parent
 * @param percent processor time in the time since it began, in percent
 * @param began when it began, the time of this day or the day
 * @param terminal such as {@code pts/0}, or {@code ?}
 * @param seconds processor time
 * @param command with its arguments
 */
public record ProcessInfo(
    String user,
    int pid,
    int parent,
    long percent,
    String began,
    String terminal,
    long seconds,
    String command) {}
