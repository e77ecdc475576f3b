import { describeClients } from './clients-table.ts';

describeClients('http');
